/** Pages that read files. Few people open them, and they are large: the browser loads them together when one is opened. */
export { PreflightPage } from './preflight/preflight-page.tsx'
export { ReconcilePage } from './reconcile-page.tsx'
export { SignInCheckPage } from './sign-in-check/sign-in-check-page.tsx'
