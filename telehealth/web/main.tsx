import "@fontsource/be-vietnam-pro/latin-400.css"
import "@fontsource/be-vietnam-pro/vietnamese-400.css"
import "@fontsource/be-vietnam-pro/latin-500.css"
import "@fontsource/be-vietnam-pro/vietnamese-500.css"
import "@fontsource/be-vietnam-pro/latin-600.css"
import "@fontsource/be-vietnam-pro/vietnamese-600.css"
import "@fontsource/be-vietnam-pro/latin-700.css"
import "@fontsource/be-vietnam-pro/vietnamese-700.css"
import "@mantine/core/styles.css"
import "@mantine/notifications/styles.css"
import "./design/global.css"
import "./i18n"
import { queryClient, whenSignedOut } from "@app/api/queries"
import { forgetOld } from "@app/design/draft-store"
import { theme } from "@app/design/theme"
import { MantineProvider } from "@mantine/core"
import { Notifications } from "@mantine/notifications"
import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { router } from "./router"

forgetOld(Date.now())
whenSignedOut(() => {
  queryClient.removeQueries({ queryKey: ["me"] })
  router.navigate({ to: "/login", search: { next: router.state.location.href } })
})

const root = document.getElementById("root")
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="light">
        <Notifications position="bottom-right" />
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
}
