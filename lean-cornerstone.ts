/** Leaves out of the build what Cornerstone3D brings along and stacks of images never use: 2 of 3 MB. */

import { fileURLToPath } from "node:url"
import type { Plugin } from "vite"

const standIn = (name: string) => fileURLToPath(new URL(`viewer/web/lean/${name}.ts`, import.meta.url))

type LeftOut = { readonly from: RegExp; readonly what: RegExp; readonly instead: string }

const LEFT_OUT: readonly LeftOut[] = [
  // Of the viewports, the stack stays.
  {
    from: /core\/.*\/viewportTypeToViewportClass\.js$/,
    what: /^\.\.\/(?!StackViewport|\.\.\/).*/,
    instead: "absent",
  },
  // Of what can be drawn, images in a plane stay.
  {
    from: /core\/.*\/vtkStreamingOpenGLViewNodeFactory\.js$/,
    what: /OpenGL\/(Actor|Actor2D|Glyph3D\w*|ImageCPR\w*|ImageReslice\w*|PixelSpace\w*|PolyData\w*|Skybox|Sphere\w*|Stick\w*|Volume\w*)\.js$|ImageResliceMapper\.js$|VolumeMapper\.js$/,
    instead: "absent",
  },
  { from: /core\/.*\.js$/, what: /vtk\.js\/Rendering\/Profiles\//, instead: "absent" },
  // Surfaces from files.
  { from: /core\/.*\/Mesh\.js$/, what: /vtk\.js\/(IO|Filters)\//, instead: "absent" },
  { from: /vtk\.js\/.*\/ColorMaps\.js$/, what: /ColorMaps\.json\.js$/, instead: "empty-list" },
  { from: /core\/.*\/cpuFallback\/colors\/colormap\.js$/, what: /cpuColormaps\.js$/, instead: "empty-list" },
  { from: /@cornerstonejs\//, what: /^dcmjs$/, instead: "dcmjs" },
]

/** A rule that no import meets any more fails the build: Cornerstone was changed, so look again. */
export function leanCornerstone(): Plugin {
  const met = new Set<LeftOut>()
  return {
    name: "lean-cornerstone",
    apply: "build",
    enforce: "pre",
    resolveId(source, importer) {
      const found = LEFT_OUT.find(rule => importer && rule.from.test(importer) && rule.what.test(source))
      if (!found) return null
      met.add(found)
      return standIn(found.instead)
    },
    buildEnd(error) {
      const idle = LEFT_OUT.filter(rule => !met.has(rule))
      if (!error && met.size > 0 && idle.length > 0)
        this.error(`nothing to leave out by ${idle.map(rule => `${rule.from} ${rule.what}`).join(", ")}`)
    },
  }
}
