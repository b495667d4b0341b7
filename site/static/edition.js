// Tells a reader who has a copy of this notebook in JupyterLite when the book has a newer edition.
const row = document.querySelector(".launch");
const { notebook, edition, storage } = row.dataset;

const databases = (await indexedDB.databases?.()) ?? []; // to open one that is not there makes it
if (databases.some(({ name }) => name === storage)) {
  const opening = indexedDB.open(storage);
  opening.onsuccess = () => {
    const database = opening.result;
    if (!database.objectStoreNames.contains("files")) return database.close();
    const asking = database.transaction("files").objectStore("files").get(`${notebook}.ipynb`);
    asking.onsuccess = () => {
      database.close();
      if (asking.result && asking.result.content?.metadata?.bptt?.edition !== edition) tell();
    };
  };
}

function tell() {
  const words = document.createElement("p");
  words.className = "newer";
  words.setAttribute("role", "status");
  words.textContent =
    "Your copy of this notebook in JupyterLite stays yours. It is of an earlier edition: to have " +
    "this one there too, give your copy another name, and open the notebook again.";
  row.after(words);
}
