import recordingsEn from "@recordings/i18n/en.json"
import recordingsVi from "@recordings/i18n/vi.json"
import schedulingEn from "@scheduling/i18n/en.json"
import schedulingVi from "@scheduling/i18n/vi.json"
import signalingEn from "@signaling/i18n/en.json"
import signalingVi from "@signaling/i18n/vi.json"
import viewerEn from "@viewer/i18n/en.json"
import submissionEn from "@viewer/i18n/submission.en.json"
import submissionVi from "@viewer/i18n/submission.vi.json"
import viewerVi from "@viewer/i18n/vi.json"
import i18n from "i18next"
import { initReactI18next } from "react-i18next"
import roomEn from "../room/i18n/en.json"
import roomVi from "../room/i18n/vi.json"
import appEn from "./en.json"
import appVi from "./vi.json"

export const LANGUAGES = ["vi", "en"] as const
export type Language = (typeof LANGUAGES)[number]
const REMEMBERED = "language"

/** Every text of the product: the app's own, and one namespace per room. */
export const resources = {
  vi: {
    app: appVi,
    scheduling: schedulingVi,
    submission: submissionVi,
    viewer: viewerVi,
    signaling: signalingVi,
    recordings: recordingsVi,
    room: roomVi,
  },
  en: {
    app: appEn,
    scheduling: schedulingEn,
    submission: submissionEn,
    viewer: viewerEn,
    signaling: signalingEn,
    recordings: recordingsEn,
    room: roomEn,
  },
}

function remembered(): Language {
  try {
    return localStorage.getItem(REMEMBERED) === "en" ? "en" : "vi"
  } catch {
    return "vi"
  }
}

i18n.use(initReactI18next).init({
  resources,
  lng: remembered(),
  fallbackLng: "vi",
  showSupportNotice: false, // no advertisement in a hospital's console
  defaultNS: "app",
  interpolation: { escapeValue: false }, // React escapes
})
document.documentElement.lang = i18n.language

export function speak(language: Language): void {
  i18n.changeLanguage(language)
  document.documentElement.lang = language
  try {
    localStorage.setItem(REMEMBERED, language)
  } catch {
    // storage switched off: the choice lasts for this visit
  }
}

export default i18n
