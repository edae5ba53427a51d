import { useEffect } from 'preact/hooks'
import type { AccessToken, OAuthClient } from '../../../../domain/contract/oauth-clients.ts'
import { call } from '../../../api.ts'
import { ActionButton } from '../../../components/buttons.tsx'
import { Badge, type Tone } from '../../../components/feedback.tsx'
import { type Column, PagedTable } from '../../../components/table.tsx'
import { Time } from '../../../components/text.tsx'
import { announce } from '../../../frame/notice.tsx'
import { onLive } from '../../../live.ts'
import { usePages } from '../../../load.ts'

const tones: Readonly<Record<AccessToken['status'], Tone>> = {
  active: 'good',
  expired: 'plain',
  revoked: 'bad',
}

export function AccessTokens({ tenant, client }: { readonly tenant: string; readonly client: OAuthClient }) {
  const pages = usePages('GET /tenants/:tenant/access-tokens', {
    params: { tenant },
    query: { client: client.id },
  })
  useEffect(() => onLive('changed', pages.reload), [])
  const revoke = async ({ id, ending }: AccessToken) => {
    await call('DELETE /tenants/:tenant/access-tokens/:token', { params: { tenant, token: id } })
    announce(`Access token …${ending} revoked.`)
    pages.reload()
  }
  const columns: readonly Column<AccessToken>[] = [
    {
      name: 'Token',
      of: ({ ending, status }) => (
        <>
          <code>…{ending}</code> <Badge tone={tones[status]}>{status}</Badge>
        </>
      ),
    },
    { name: 'Issued', of: ({ created }) => <Time at={created} /> },
    { name: 'Expires', of: ({ expires }) => <Time at={expires} />, wide: true },
    { name: 'Requests', of: ({ requests }) => requests.toLocaleString('en'), numeric: true },
    {
      name: 'Actions',
      of: token =>
        token.status === 'active' && (
          <ActionButton onAction={() => revoke(token)} label={`Revoke access token …${token.ending}`}>
            Revoke
          </ActionButton>
        ),
      need: 'destroy',
    },
  ]
  return (
    <PagedTable
      pages={pages}
      caption={`Access tokens of ${client.name}`}
      columns={columns}
      keyOf={({ id }) => id}
      empty={<p class="muted">None.</p>}
    />
  )
}
