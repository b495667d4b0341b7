"""The classroom of the notebook series: figures, panels, and the checks of the exercises."""
