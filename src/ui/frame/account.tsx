import type { Me } from '../../domain/contract/console-access.ts'
import { type SignedOut, signInAddresses } from '../../domain/contract/page-addresses.ts'
import { ApiProblem, toProblem } from '../api.ts'
import { isAllowed, me } from '../caller.ts'
import { ActionButton } from '../components/buttons.tsx'
import { Dropdown } from '../components/dropdown.tsx'
import { Badge } from '../components/feedback.tsx'
import { Fact } from '../components/layout.tsx'
import { ClientText, Time } from '../components/text.tsx'
import { startLive, stopLive } from '../live.ts'

export const Account = () => {
  const caller = me.value?.caller
  if (!caller) return null
  if (caller.kind !== 'person') return isAllowed('write') ? null : <Badge>read-only</Badge>
  return <AccountMenu caller={caller} />
}

type Caller = NonNullable<Me['caller']>

const AccountMenu = ({ caller }: { readonly caller: Caller }) => (
  <div class="account">
    <Dropdown
      label={
        <>
          <span class="visually-hidden">Account: </span>
          <ClientText text={caller.name ?? caller.subject ?? ''} />
        </>
      }
    >
      <dl class="facts">
        <Fact name="Role">{isAllowed('write') ? 'Read and write' : 'Read-only'}</Fact>
        {caller.issuer !== undefined && (
          <Fact name="Signed in with">
            <ClientText text={caller.issuer} />
          </Fact>
        )}
        {caller.authenticated !== undefined && (
          <Fact name="Authenticated">
            <Time at={caller.authenticated} relative />
          </Fact>
        )}
        {caller.expires !== undefined && (
          <Fact name="Session ends">
            <Time at={caller.expires} relative />
          </Fact>
        )}
      </dl>
      <div class="actions">
        <ActionButton onAction={signOut}>Sign out</ActionButton>
      </div>
    </Dropdown>
  </div>
)

async function signOut(): Promise<void> {
  // The stream ends with the session; the page need not report that.
  stopLive()
  try {
    location.assign(await endSession())
  } catch (error) {
    startLive()
    throw error
  }
}

/** Returns the address that the browser opens next. Throws ApiProblem. */
async function endSession(): Promise<string> {
  const response = await fetch(signInAddresses.signOut, { method: 'POST' }).catch(() => {
    throw new ApiProblem('The console does not respond. Is the server still running?')
  })
  if (!response.ok) throw await toProblem(response)
  const { location: next }: SignedOut = await response.json()
  return next
}
