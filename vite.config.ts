import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { brotliCompress, gzip } from "node:zlib"
import react from "@vitejs/plugin-react"
import { defineConfig, type Plugin } from "vitest/config"
import { leanCornerstone } from "./lean-cornerstone.ts"

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const server = process.env.TELEHEALTH_DEV_SERVER ?? "http://127.0.0.1:8000"
// The dev server has a folder api/ of its own: its TypeScript is not the server's.
const toServer = { target: server, ws: true }

/** Lays a brotli and a gzip file beside every asset they make smaller; telehealth/site.py chooses by what is accepted. */
function precompressed(): Plugin {
  const [toBrotli, toGzip] = [promisify<Buffer, Buffer>(brotliCompress), promisify<Buffer, Buffer>(gzip)]
  return {
    name: "precompressed",
    apply: "build",
    async writeBundle({ dir = "" }) {
      const assets = join(dir, "assets")
      for (const name of await readdir(assets)) {
        const file = await readFile(join(assets, name))
        for (const [ending, small] of [
          ["br", await toBrotli(file)],
          ["gz", await toGzip(file)],
        ] as const)
          if (small.length < file.length * 0.95) await writeFile(join(assets, `${name}.${ending}`), small)
      }
    },
  }
}

export default defineConfig({
  root: at("telehealth/web"),
  plugins: [react(), leanCornerstone(), precompressed()],
  resolve: {
    alias: {
      "@app": at("telehealth/web"),
      "@viewer": at("viewer/web"),
      "@signaling": at("signaling/web"),
      "@scheduling": at("scheduling/web"),
      "@recordings": at("recordings/web"),
    },
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: at("telehealth/static"),
    emptyOutDir: true,
    assetsInlineLimit: 0, // a data: URL would need a wider content security policy
    chunkSizeWarningLimit: 4000, // Cornerstone; it loads with the room only
  },
  server: {
    fs: { allow: [at(".")] },
    proxy: {
      "^/api/(?!.*\\.tsx?(\\?|$))": toServer,
      "/live": toServer,
      "/rtc": toServer,
      "/twirp": toServer,
      "/dicomweb": toServer,
    },
  },
  test: {
    root: at("."),
    environment: "jsdom",
    isolate: false, // one page for all tests of a worker: a fresh one for each file costs seconds
    include: ["{telehealth,viewer,signaling,scheduling,recordings}/web/**/*.test.{ts,tsx}"],
  },
})
