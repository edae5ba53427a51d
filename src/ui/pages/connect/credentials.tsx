import { useRef } from 'preact/hooks'
import type { Setup } from '../../../domain/contract/setup.ts'
import type { IssuedToken, NewToken, Token } from '../../../domain/contract/tokens.ts'
import { describeClient } from '../../../scim/recognition/products.ts'
import { call } from '../../api.ts'
import { Collection, type Column } from '../../components/collection.tsx'
import { Loading } from '../../components/feedback.tsx'
import { form } from '../../components/form.tsx'
import type { Actions } from '../../components/row.tsx'
import { Day } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { type Pages, usePages } from '../../load.ts'
import { tenants } from '../../state.ts'
import { AccessKeys } from './access-keys.tsx'
import { Clients } from './clients.tsx'
import {
  accessColumn,
  accessField,
  createdColumn,
  fullAccess,
  lastUsedColumn,
  requestsColumn,
} from './credential.ts'
import { Issuers } from './issuers.tsx'

type Props = { readonly tenant: string; readonly setup: Setup | undefined }

export function Credentials({ tenant, setup }: Props) {
  const settings = tenants.value?.find(({ id }) => id === tenant)
  const params = { tenant }
  const tokens = usePages('GET /tenants/:tenant/tokens', { params })
  const clients = usePages('GET /tenants/:tenant/clients', { params })
  const issuers = usePages('GET /tenants/:tenant/issuers', { params })
  const keys = usePages('GET /tenants/:tenant/access-keys', { params })
  // Each list would move those below it.
  const isLoaded = useRef(false)
  isLoaded.current ||= [tokens, clients, issuers, keys].every(({ loading }) => !loading.value)
  if (!settings || !isLoaded.current) return <Loading />
  const { profile, tokenLimit, aws } = settings
  const isAws = profile === 'aws'
  return (
    <div class="panels">
      <Tokens tenant={tenant} pages={tokens} limit={tokenLimit} />
      {isAws && (
        <p class="muted">
          Clients of a token endpoint and trusted issuers are for tenants with the profile entra or rfc: AWS
          accepts its own access tokens only.
        </p>
      )}
      <Clients tenant={tenant} pages={clients} isOffered={!isAws} />
      <Issuers tenant={tenant} pages={issuers} isOffered={!isAws} />
      {aws ? (
        <AccessKeys tenant={tenant} pages={keys} aws={setup?.aws} />
      ) : (
        <p class="muted">
          Access keys are for the AWS APIs, which tenants with the profile aws have. This tenant has the
          profile {profile}.
        </p>
      )}
    </div>
  )
}

type TokensProps = {
  readonly tenant: string
  readonly pages: Pages<Token>
  readonly limit: number | undefined
}

function Tokens({ tenant, pages, limit }: TokensProps) {
  const tokens = pages.items.value
  const isFull = limit !== undefined && tokens.length >= limit
  const full =
    isFull &&
    `${tokens.length} of ${formatCount(limit, 'token')} in use. To generate another, delete ${
      tokens.some(({ expired }) => expired) ? 'the expired token' : 'a token that no client uses'
    }.`
  return (
    <Collection
      title="Tokens"
      noun={['token', 'tokens']}
      rows={pages}
      columns={columns}
      keyOf={({ id }) => id}
      create={{ label: 'Generate token', form: () => newToken(tenant), primary: true, full }}
      actions={actionsFor(tenant, isFull)}
      empty="No access tokens yet. Generate one, and enter it in the provisioning client."
    />
  )
}

const columns: readonly Column<Token>[] = [
  {
    name: 'Token',
    kind: 'name',
    text: ({ name, ending }) => (name === undefined ? `…${ending}` : `${name} …${ending}`),
  },
  {
    name: 'Client',
    kind: 'rest',
    text: ({ recognized }) => (recognized ? describeClient(recognized) : 'not recognized yet'),
    tone: ({ recognized }) => !recognized && 'plain',
    warning: ({ warning }) => warning,
  },
  accessColumn,
  requestsColumn,
  lastUsedColumn,
  createdColumn,
  {
    name: 'Expires',
    kind: 'time',
    text: ({ expires }) => expires,
    of: ({ expires, expired, expiresInDays }) =>
      expired ? (
        <span class="status-bad">expired</span>
      ) : (
        <>
          <Day at={expires} />, {formatCount(expiresInDays, 'day')}
        </>
      ),
  },
]

const shownOnce = ({ value }: IssuedToken) => ({
  credential: {
    secret: 'token',
    values: { Token: value },
    hint: (
      <p>
        In Entra, enter it as <em>Secret Token</em> of the application’s provisioning.
      </p>
    ),
  },
})

export const newToken = (tenant: string) =>
  form<NewToken>({
    title: 'Generate token',
    label: 'Generate',
    draft: { ...fullAccess, for: '365d' },
    fields: field => (
      <>
        {field('name', { label: 'Name', description: 'Optional. What uses it.', maxLength: 64 })}
        {field('access', accessField)}
        {field('for', { label: 'Valid for', options: validities })}
      </>
    ),
    async submit(body) {
      return shownOnce(await call('POST /tenants/:tenant/tokens', { params: { tenant }, body }))
    },
  })

/** AWS's tokens are valid for one year. */
const validities = { '1h': '1 hour', '7d': '7 days', '30d': '30 days', '90d': '90 days', '365d': '1 year' }

const overlaps = { '1h': '1 hour', '24h': '1 day', '7d': '7 days', '30d': '30 days' }

const actionsFor = (tenant: string, isFull: boolean): Actions<Token> => ({
  Rotate: {
    isOffered: ({ expired }) => !expired && !isFull,
    form: ({ id, ending }) =>
      form<{ readonly overlap: string }>({
        title: `Rotate token …${ending}`,
        label: 'Rotate',
        text: 'Generates a second token. The old one stays valid for the overlap, then expires.',
        draft: { overlap: '24h' },
        fields: field => field('overlap', { label: 'Overlap', options: overlaps }),
        async submit(body) {
          const params = { tenant, token: id }
          return shownOnce(await call('POST /tenants/:tenant/tokens/:token/rotate', { params, body }))
        },
      }),
  },
  'Expire now': {
    isOffered: ({ expired }) => !expired,
    asks: ({ id, ending }) => ({
      title: `Expire token …${ending} now?`,
      text: 'Clients using this token will get 401. It still counts toward the limit until you delete it.',
      submit: () => call('POST /tenants/:tenant/tokens/:token/expire', { params: { tenant, token: id } }),
      done: `Token …${ending} expired. Clients that use it get 401.`,
    }),
  },
  Delete: {
    asks: ({ id, ending }) => ({
      title: `Delete token …${ending}?`,
      text: 'Clients using this token will get 401. This can’t be undone.',
      submit: () => call('DELETE /tenants/:tenant/tokens/:token', { params: { tenant, token: id } }),
      done: `Token …${ending} deleted.`,
    }),
  },
})
