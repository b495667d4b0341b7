// What Python finds ready when it starts: the files on its disk, and its memory.

/** The bytes of an answer, unpacked; a server may have done so on the way. */
export async function unpacked(response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const plain = new Response(bytes).body.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** For loadPyodide: puts the files of a tar archive beside Python's packages, without a copy. */
export const laidOut =
  (tar) =>
  async (FS, { sitePackages }) => {
    const text = (from, size) =>
      new TextDecoder().decode(tar.subarray(from, from + size)).replace(/\0.*/s, "");
    for (let at = 0, size; tar[at]; at += 512 * (1 + Math.ceil(size / 512))) {
      size = parseInt(text(at + 124, 12), 8);
      const [folder, name] = `${sitePackages}/${text(at, 100)}`.split(/\/(?=[^/]*$)/);
      FS.mkdirTree(folder);
      FS.createDataFile(folder, name, tar.subarray(at + 512, at + 512 + size), true, true, true);
    }
  };
