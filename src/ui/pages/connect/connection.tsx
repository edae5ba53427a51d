import { Fragment } from 'preact'
import type { Setup } from '../../../domain/contract/setup.ts'
import { Copyable } from '../../components/buttons.tsx'
import { ProblemBox } from '../../components/feedback.tsx'
import { SelectField } from '../../components/field.tsx'
import { useForms } from '../../components/form.tsx'
import { May } from '../../components/may.tsx'
import { ClientText } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { usePages, useReload } from '../../load.ts'
import { pathTo, query, setQuery } from '../../router.ts'
import { newClient } from './client-forms.tsx'
import { newToken } from './credentials.tsx'
import { newIssuer } from './issuer-forms.tsx'

/** The ways in which Entra authenticates; only the first is offered by AWS. */
const authentications = {
  token: 'Secret token',
  client: 'Client credentials',
  federation: 'Federation',
  entra: 'Token of Entra',
}

type Authentication = keyof typeof authentications

const isAuthentication = (name: string | null): name is Authentication =>
  name !== null && Object.hasOwn(authentications, name)

type Props = { readonly setup: Setup; readonly tenant: string }

/** What the identity provider asks for. */
export function Connection({ setup, tenant }: Props) {
  const { client, urlField, tokenField, endpoint } = setup
  const tokenEndpoint = client === 'entra' ? setup.tokenEndpoint : undefined
  const chosen = query.value.get('auth')
  const authentication = tokenEndpoint !== undefined && isAuthentication(chosen) ? chosen : 'token'
  return (
    <section aria-label="Connection details">
      {tokenEndpoint !== undefined && (
        <SelectField
          label="Authentication"
          value={authentication}
          options={authentications}
          onChange={name => setQuery({ auth: name === 'token' ? undefined : name })}
        />
      )}
      <h3>{urlField}</h3>
      <Copyable what="the URL" text={endpoint} />
      {authentication === 'token' && <TokenField name={tokenField} tenant={tenant} />}
      {(authentication === 'client' || authentication === 'federation') && (
        <ClientFields
          tenant={tenant}
          tokenEndpoint={tokenEndpoint ?? ''}
          method={authentication === 'client' ? 'secret' : 'entra'}
        />
      )}
      {authentication === 'entra' && <EntraTokenFields tenant={tenant} />}
    </section>
  )
}

const credentialsOf = (tenant: string) => pathTo('connect', { tenant }, { view: 'credentials' })

function TokenField({ name, tenant }: { readonly name: string; readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/tokens', { params: { tenant } })
  useReload(pages.reload)
  const { open, dialog } = useForms(pages.reload)
  const valid = pages.items.value.filter(({ expired }) => !expired)
  return (
    <>
      <h3>{name}</h3>
      {valid.map(({ id, ending, expiresInDays }) => (
        <p key={id}>
          <code>…{ending}</code>, {formatCount(expiresInDays, 'day')} left.{' '}
          <a href={credentialsOf(tenant)}>Rotate or replace it</a>
        </p>
      ))}
      {!pages.loading.value && valid.length === 0 && (
        <May need="write">
          <p>
            <button type="button" class="primary" onClick={() => open(newToken(tenant))}>
              Generate token…
            </button>
          </p>
        </May>
      )}
      {dialog}
    </>
  )
}

type ClientFieldsProps = {
  readonly tenant: string
  readonly tokenEndpoint: string
  readonly method: 'secret' | 'entra'
}

function ClientFields({ tenant, tokenEndpoint, method }: ClientFieldsProps) {
  const pages = usePages('GET /tenants/:tenant/clients', { params: { tenant } })
  useReload(pages.reload)
  const { open, dialog } = useForms(pages.reload)
  const clients = pages.items.value.filter(({ assertion }) => (assertion?.kind ?? 'secret') === method)
  return (
    <>
      <h3>Token Endpoint</h3>
      <Copyable what="the token endpoint" text={tokenEndpoint} />
      <h3>Client Identifier</h3>
      {pages.problem.value && <ProblemBox problem={pages.problem.value} />}
      {clients.length === 0 && <p>The tenant has no such client yet.</p>}
      {clients.map(({ id, name }) => (
        <Fragment key={id}>
          {name !== id && (
            <p>
              <ClientText text={name} />
            </p>
          )}
          <Copyable what={`the client ID of ${name}`} text={id} />
        </Fragment>
      ))}
      {method === 'secret' ? (
        <>
          <h3>Client Secret</h3>
          <p>
            Shown once, when the client or a new secret is created.{' '}
            <a href={credentialsOf(tenant)}>Clients</a>
          </p>
        </>
      ) : (
        <p class="muted">
          Workload identity federation: Entra sends an assertion that it has signed, so there is no secret to
          store or to rotate.
        </p>
      )}
      <May need="write">
        <p>
          <button type="button" onClick={() => open(newClient(tenant, method))}>
            Create client…
          </button>
        </p>
      </May>
      {dialog}
    </>
  )
}

/** Entra sends a token of its own if the Secret Token is empty. */
function EntraTokenFields({ tenant }: { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/issuers', { params: { tenant } })
  useReload(pages.reload)
  const { open, dialog } = useForms(pages.reload)
  const trusted = pages.items.value.filter(({ kind }) => kind === 'entra')
  return (
    <>
      <h3>Secret Token</h3>
      <p>Leave it empty: Entra then sends a token of its own, which expires within hours.</p>
      <p class="caution">
        For tests only. The token is not bound to this endpoint: anyone who can provision another custom
        application of the same directory gets tokens that are valid here, too.
      </p>
      {trusted.length === 0 ? (
        <p>The tenant trusts no directory yet.</p>
      ) : (
        <p>
          The tenant trusts the {trusted.length === 1 ? 'directory' : 'directories'}{' '}
          <code>{trusted.map(({ directory }) => directory).join(', ')}</code>.{' '}
          <a href={credentialsOf(tenant)}>Trusted issuers</a>
        </p>
      )}
      <May need="destroy">
        <p>
          <button type="button" onClick={() => open(newIssuer(tenant, 'entra'))}>
            Trust a directory…
          </button>
        </p>
      </May>
      {dialog}
    </>
  )
}
