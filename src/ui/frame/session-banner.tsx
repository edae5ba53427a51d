import { pageSession } from '../state.ts'

export const SessionBanner = () => {
  const session = pageSession.value
  return session && <p class="banner">This is an opened session of {session.tenant}: read-only.</p>
}
