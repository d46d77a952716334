/** Shapes of the HTTP API, as the server sends them. Instants are ISO 8601 UTC, dates YYYY-MM-DD. */

export type * from "./types/case"
export type * from "./types/material"
export type * from "./types/outcome"
export type * from "./types/pacs"
export type * from "./types/person"
export type * from "./types/session"
