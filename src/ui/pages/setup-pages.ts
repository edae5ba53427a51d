/** Pages for setting up a client or the server: the browser loads them together when one is opened. */
export { ConnectPage } from './connect/connect-page.tsx'
export { LabPage } from './lab/lab-page.tsx'
export { ServerPage } from './server/server-page.tsx'
export { TenantPage } from './server/tenant-page.tsx'
