/** Pages that read files. Few people open them, and they are large: the browser loads them together when one is opened. */

export { CompareView } from './compare-view.tsx'
export { PreflightPage } from './preflight/preflight-page.tsx'
export { SignInView } from './sign-in-check/sign-in-view.tsx'
