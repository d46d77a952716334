/** Lower case without diacritics, so that "nam khe" finds "Nậm Khê". NFD does not fold đ. */
export const plainWords = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase()
