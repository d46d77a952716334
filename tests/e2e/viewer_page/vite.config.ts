import { fileURLToPath } from "node:url"
import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"
import { leanCornerstone } from "../../../lean-cornerstone.ts"

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: at("."),
  plugins: [react(), leanCornerstone()],
  resolve: {
    alias: {
      "@app": at("../../../telehealth/web"),
      "@viewer": at("../../../viewer/web"),
      "@signaling": at("../../../signaling/web"),
      "@scheduling": at("../../../scheduling/web"),
      "@recordings": at("../../../recordings/web"),
    },
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    rollupOptions: { input: [at("index.html"), at("area.html")] },
  },
})
