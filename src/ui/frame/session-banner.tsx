import { pageSession } from '../state.ts'

/** The banner of an opened session: its pages show a file, not the present state of a server. */
export const SessionBanner = () => {
  const session = pageSession.value
  return session && <p class="banner">This is an opened session of {session.tenant}: read-only.</p>
}
