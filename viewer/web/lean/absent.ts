/** Stands in for a part of Cornerstone or vtk.js that the viewer never reaches; whoever does reach it is told. */

export default class Absent {
  constructor() {
    throw new Error("this part of Cornerstone is left out of the build: lean-cornerstone.ts")
  }

  static newInstance = () => new Absent()
  static extend = () => new Absent()
}
