import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { ConsoleToken, Session } from '../../../domain/contract/console-access.ts'
import { call } from '../../api.ts'
import { isAllowed, loadMe, me } from '../../caller.ts'
import { CredentialDialog } from '../../components/credential-dialog.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Badge } from '../../components/feedback.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { pathTo } from '../../router.ts'

export const ConsoleAccessPage = () => (
  <>
    <PageHead
      title="Console access"
      description={
        <>
          Who may use this console and its API.{' '}
          <a href={pathTo('activity', {}, { view: 'changes' })}>Audit</a> shows what they changed.
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

function ConsoleTokens() {
  const pages = usePages('GET /console-tokens')
  const dialog = useSignal<'new' | ConsoleToken | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const close = () => {
    dialog.value = undefined
    pages.reload()
  }
  const open = dialog.value
  const columns: readonly Column<ConsoleToken>[] = [
    ...tokenColumns,
    {
      name: 'Actions',
      of: token => (
        <button
          type="button"
          aria-label={`Delete ${token.name}`}
          onClick={() => {
            dialog.value = token
          }}
        >
          Delete…
        </button>
      ),
      need: 'destroy',
    },
  ]
  return (
    <section aria-labelledby="console-tokens">
      <h2 id="console-tokens">Console tokens</h2>
      <p class="muted">
        For scripts, the command line and Prometheus. They don’t give access to the SCIM endpoints.
      </p>
      <May need="write">
        <div class="actions above-table">
          <button
            type="button"
            onClick={() => {
              dialog.value = 'new'
            }}
          >
            Create console token…
          </button>
        </div>
      </May>
      <PagedTable
        pages={pages}
        caption="Console tokens, newest first"
        columns={columns}
        keyOf={({ id }) => id}
        empty={<p class="muted">None.</p>}
      />
      {open === 'new' && <NewConsoleTokenDialog onClose={close} />}
      {open !== undefined && open !== 'new' && <DeleteDialog token={open} onClose={close} />}
    </section>
  )
}

const scopes: Readonly<Record<ConsoleToken['scope'], string>> = {
  metrics: 'Metrics: GET /metrics only',
  read: 'Read',
  write: 'Write: change what can be undone',
  destroy: 'Destroy: also purge, reset and delete',
}

const validities = {
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  '365d': '1 year',
  '1095d': '3 years',
} as const

const tokenColumns: readonly Column<ConsoleToken>[] = [
  {
    name: 'Name',
    of: ({ name, ending }) => (
      <>
        <ClientText text={name} /> <code class="muted">…{ending}</code>
      </>
    ),
  },
  { name: 'Scope', of: ({ scope }) => scope },
  {
    name: 'Expires',
    of: ({ expires, expired }) => (
      <>
        <Time at={expires} /> {expired && <Badge tone="bad">expired</Badge>}
      </>
    ),
  },
  { name: 'Created', of: ({ created }) => <Time at={created} />, wide: true },
  { name: 'Last used', of: ({ lastUsed }) => (lastUsed ? <Time at={lastUsed} /> : 'never'), wide: true },
  { name: 'Requests', of: ({ requests }) => requests.toLocaleString('en'), numeric: true, wide: true },
]

function NewConsoleTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const [scope, setScope] = useState<ConsoleToken['scope']>('read')
  const [validity, setValidity] = useState<keyof typeof validities>('90d')
  const create = () => call('POST /console-tokens', { body: { name: name.trim(), scope, for: validity } })
  // A caller can't create a token that may do more than itself.
  const offered = Object.fromEntries(
    Object.entries(scopes).filter(([each]) => each !== 'destroy' || isAllowed('destroy')),
  ) as typeof scopes
  return (
    <CredentialDialog
      title="Create console token"
      label="Create"
      create={create}
      show={({ value }) => ({
        secret: 'token',
        values: { Token: value },
        hint: (
          <p>
            Scripts send it as <code>Authorization: Bearer …</code>; the command line reads{' '}
            <code>SCIMULATOR_CONSOLE_TOKEN</code>.
          </p>
        ),
      })}
      onClose={onClose}
    >
      {errorAt => (
        <>
          <TextField
            label="Name"
            description="What uses it. Audit shows this name."
            error={errorAt('name')}
            value={name}
            onChange={setName}
            maxLength={64}
          />
          <SelectField label="Scope" value={scope} options={offered} onChange={setScope} />
          <SelectField label="Valid for" value={validity} options={validities} onChange={setValidity} />
        </>
      )}
    </CredentialDialog>
  )
}

function DeleteDialog({ token, onClose }: { readonly token: ConsoleToken; readonly onClose: () => void }) {
  const { id, name } = token
  const deleteToken = async () => {
    await call('DELETE /console-tokens/:token', { params: { token: id } })
    announce(`Console token ${name} deleted.`)
    onClose()
  }
  return (
    <ConfirmDialog title="Delete console token?" label="Delete" onConfirm={deleteToken} onClose={onClose}>
      Scripts that use <ClientText text={name} /> will get 401. This can’t be undone.
    </ConfirmDialog>
  )
}

function Sessions() {
  const pages = usePages('GET /sessions')
  const ending = useSignal<Session | 'all' | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const close = () => {
    ending.value = undefined
    pages.reload()
  }
  const columns: readonly Column<Session>[] = [
    ...sessionColumns,
    {
      name: 'Actions',
      of: session => (
        <button
          type="button"
          aria-label={`End the session of ${nameOf(session)}`}
          onClick={() => {
            ending.value = session
          }}
        >
          End…
        </button>
      ),
      need: 'destroy',
    },
  ]
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      <PagedTable
        pages={pages}
        caption="Sessions, newest first"
        columns={columns}
        keyOf={({ id }) => id}
        empty={<p class="muted">There are no sessions.</p>}
      />
      <May need="destroy">
        <div class="actions above-table">
          <button
            type="button"
            class="danger"
            onClick={() => {
              ending.value = 'all'
            }}
          >
            End all sessions…
          </button>
        </div>
      </May>
      {ending.value && <EndDialog ending={ending.value} onClose={close} />}
    </section>
  )
}

const nameOf = ({ name, subject }: Session): string => name ?? subject

const sessionColumns: readonly Column<Session>[] = [
  {
    name: 'Person',
    of: session => (
      <span title={`${session.subject} at ${session.issuer}`}>
        <ClientText text={nameOf(session)} /> {session.current && <Badge tone="accent">you</Badge>}
      </span>
    ),
  },
  { name: 'Role', of: ({ role }) => (role === 'write' ? 'read and write' : 'read-only') },
  { name: 'Signed in', of: ({ created }) => <Time at={created} />, wide: true },
  { name: 'Last used', of: ({ lastUsed }) => <Time at={lastUsed} /> },
  { name: 'Ends', of: ({ expires }) => <Time at={expires} />, wide: true },
]

function EndDialog({ ending, onClose }: { readonly ending: Session | 'all'; readonly onClose: () => void }) {
  const end = async (session: Session) => {
    await call('DELETE /sessions/:session', { params: { session: session.id } })
    await finish(session.current, 'Session ended.')
  }
  const endAll = async () => {
    const { ended } = await call('DELETE /sessions')
    await finish(true, `${formatCount(ended, 'session')} ended.`)
  }
  // Without a session of its own, the page becomes the sign-in page.
  const finish = async (isOwn: boolean, message: string) => {
    if (isOwn) await loadMe()
    announce(message)
    onClose()
  }
  return ending === 'all' ? (
    <ConfirmDialog title="End all sessions?" label="End all" onConfirm={endAll} onClose={onClose}>
      Everyone has to sign in again, including you.
    </ConfirmDialog>
  ) : (
    <ConfirmDialog title="End session?" label="End session" onConfirm={() => end(ending)} onClose={onClose}>
      <ClientText text={nameOf(ending)} /> has to sign in again.
    </ConfirmDialog>
  )
}
