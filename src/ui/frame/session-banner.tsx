import { ClientText, Time } from '../components/text.tsx'
import { query } from '../router.ts'
import { currentTenant, sessionOf } from '../state.ts'

/** Says on the pages of an opened session that they show a file, so that nobody takes it for a server's present state. */
export const SessionBanner = () => {
  const tenant = query.value.get('tenant') ?? currentTenant.value
  const session = sessionOf(tenant)
  if (!session) return null
  return (
    <aside class="banner" aria-label="Opened session">
      <p>
        <strong>{tenant}</strong> is a session of {session.tenant}, exported <Time at={session.exported} />.
        It is read-only, and its clock stands still.
        {session.q !== undefined && (
          <>
            {' '}
            It has the requests of the search <ClientText text={session.q} />.
          </>
        )}
      </p>
    </aside>
  )
}
