import type { Credential, JwtFacts } from '../../../domain/contract/exchanges.ts'
import { JsonView } from '../../components/json.tsx'
import { Fact } from '../../components/layout.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { pathTo } from '../../router.ts'

export function CredentialName({
  credential,
  tenant,
}: {
  readonly credential: Credential
  readonly tenant: string | undefined
}) {
  if (credential.kind === 'jwt') return <>JWT of an issuer that is not trusted</>
  const name = <ClientText text={credential.name} />
  return (
    <>
      {credential.kind === 'client' ? 'Access token of ' : 'JWT of '}
      {tenant === undefined ? name : <a href={pathTo('tokens', { tenant })}>{name}</a>}
    </>
  )
}

/** The header and the claims of a JWT; its signature is not recorded. */
export const JwtView = ({ jwt, isRejected }: { readonly jwt: JwtFacts; readonly isRejected: boolean }) => (
  <details class="card" open={isRejected}>
    <summary>
      <h2>JSON Web Token</h2>
    </summary>
    <dl class="facts">
      <Times claims={jwt.claims} />
    </dl>
    <div class="grid">
      <section aria-label="Header">
        <h3>Header</h3>
        <JsonView value={jwt.header} label="Header of the JWT" />
      </section>
      <section aria-label="Claims">
        <h3>Claims</h3>
        <JsonView value={jwt.claims} label="Claims of the JWT" />
      </section>
    </div>
    <p class="muted">
      {isRejected && 'The content of a rejected token is not verified. '}The signature is not recorded.
    </p>
  </details>
)

const timeLabels: Readonly<Record<string, string>> = {
  iat: 'Issued',
  nbf: 'Not valid before',
  exp: 'Expires',
}

/** The claims that are times, in seconds since 1970 (RFC 7519, section 2). */
const Times = ({ claims }: { readonly claims: JwtFacts['claims'] }) => (
  <>
    {Object.entries(timeLabels).map(([name, label]) => {
      const date = new Date(Number(claims[name] ?? Number.NaN) * 1000)
      return Number.isNaN(date.getTime()) ? null : (
        <Fact key={name} name={label}>
          <Time at={date.toISOString()} />
        </Fact>
      )
    })}
  </>
)
