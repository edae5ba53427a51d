import { isAllowed, me } from '../../caller.ts'
import { PageHead } from '../../components/layout.tsx'
import { pathTo } from '../../router.ts'
import { ConsoleTokens } from './console-tokens.tsx'
import { Sessions } from './sessions.tsx'

export const ConsoleAccessPage = () => (
  <>
    <PageHead
      title="Console access"
      description={
        <>
          Who may use this console and its API. <a href={pathTo('audit')}>Audit</a> shows what they changed.
        </>
      }
    />
    <Protection />
    {me.value?.signIn && isAllowed('write') && <Sessions />}
    <ConsoleTokens />
  </>
)

const Protection = () => (
  <section class="card">
    <h2>Protection</h2>
    <p>{protection()}</p>
  </section>
)

function protection(): string {
  const { signIn, caller } = me.value ?? {}
  if (signIn) return 'People sign in with an identity provider. Scripts use console tokens.'
  if (caller?.kind === 'open') {
    return 'Open: anyone on this machine can use the console, with or without a token. Set --console-token, or --console-issuer and --console-client-id for sign-in.'
  }
  return 'People and scripts use console tokens. Set --console-issuer and --console-client-id for sign-in with an identity provider.'
}
