/** Stands in for vtk.js' palettes: medical greys have none. */

export default []
