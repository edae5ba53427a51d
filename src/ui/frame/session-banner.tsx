import { currentTenant, sessionOf } from '../state.ts'

/** Says on the pages of an opened session that they show a file, so that nobody takes it for a server's present state. */
export const SessionBanner = () => {
  const session = sessionOf(currentTenant.value)
  return session && <p class="banner">Session of {session.tenant}, read-only</p>
}
