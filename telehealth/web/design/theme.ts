import { createTheme, type MantineColorsTuple } from "@mantine/core"

const lake: MantineColorsTuple = [
  "#e9f5f5",
  "#d3e8e9",
  "#a6d1d3",
  "#75b8bc",
  "#4fa3a8",
  "#2f8b91",
  "#17737a",
  "#0d5c63",
  "#0a4a50",
  "#06363b",
]

export const theme = createTheme({
  fontFamily: '"Be Vietnam Pro", system-ui, sans-serif',
  fontFamilyMonospace: "ui-monospace, 'DejaVu Sans Mono', monospace",
  headings: { fontFamily: '"Be Vietnam Pro", system-ui, sans-serif', fontWeight: "600" },
  colors: { lake },
  primaryColor: "lake",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Alert: {
      defaultProps: { variant: "light" },
      styles: { title: { color: "var(--ink)" }, message: { color: "var(--ink)" } },
    },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.35 } } },
    Tooltip: { defaultProps: { openDelay: 300 } },
  },
})

/** One calm colour per place on the agenda; the banner wears it so that a change of case is seen at once. */
export const CASE_COLORS = [
  "#0d5c63",
  "#8a4b08",
  "#5b3e96",
  "#a3263f",
  "#2f6b2f",
  "#1f5fa8",
  "#7a5c00",
  "#9c2f7d",
]
export const caseColor = (order: number | null | undefined): string =>
  CASE_COLORS[((order ?? 1) - 1 + CASE_COLORS.length) % CASE_COLORS.length] ?? "#0d5c63"
