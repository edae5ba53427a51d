import { currentTenant, sessionOf } from '../state.ts'

/** The banner of an opened session: its pages show a file, not the present state of a server. */
export const SessionBanner = () => {
  const session = sessionOf(currentTenant.value)
  return session && <p class="banner">Session of {session.tenant}, read-only</p>
}
