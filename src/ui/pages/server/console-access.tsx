import type { ConsoleToken, NewConsoleToken, Session } from '../../../domain/contract/console-access.ts'
import { call } from '../../api.ts'
import { isAllowed, loadMe, me } from '../../caller.ts'
import { Collection, type Column } from '../../components/collection.tsx'
import { form, question } from '../../components/form.tsx'
import type { Actions } from '../../components/row.tsx'
import { ClientText, Day } from '../../components/text.tsx'
import { usePages } from '../../load.ts'
import { createdColumn, lastUsedColumn, requestsColumn } from '../connect/credential.ts'

export const ConsoleAccess = () => (
  <div class="panels">
    <p>{protection()}</p>
    {me.value?.signIn && isAllowed('write') && <Sessions />}
    <ConsoleTokens />
  </div>
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
  return (
    <Collection
      title="Console tokens"
      noun={['console token', 'console tokens']}
      rows={pages}
      columns={tokenColumns}
      keyOf={({ id }) => id}
      create={{ label: 'Create console token', form: newToken }}
      actions={tokenActions}
      empty="None. Scripts, the command line and Prometheus use them; they don’t give access to the SCIM endpoints."
    />
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
}

const tokenColumns: readonly Column<ConsoleToken>[] = [
  {
    name: 'Name',
    kind: 'name',
    text: ({ name }) => name,
    of: ({ name, ending }) => (
      <>
        <ClientText text={name} /> <code class="muted">…{ending}</code>
      </>
    ),
  },
  { name: 'Scope', always: true, text: ({ scope }) => scope },
  { ...createdColumn, extra: true },
  lastUsedColumn,
  requestsColumn,
  {
    name: 'Expires',
    kind: 'time',
    text: ({ expires }) => expires,
    of: ({ expires, expired }) => (expired ? <span class="status-bad">expired</span> : <Day at={expires} />),
  },
]

const newToken = () =>
  form<NewConsoleToken>({
    title: 'Create console token',
    label: 'Create',
    draft: { scope: 'read', for: '90d' },
    fields: field => (
      <>
        {field('name', {
          label: 'Name',
          description: 'What uses it. Console changes have this name.',
          maxLength: 64,
          whenBlank: 'send',
        })}
        {field('scope', {
          label: 'Scope',
          // A caller can't create a token that may do more than itself.
          options: Object.fromEntries(
            Object.entries(scopes).filter(([each]) => each !== 'destroy' || isAllowed('destroy')),
          ),
        })}
        {field('for', { label: 'Valid for', options: validities })}
      </>
    ),
    async submit(body) {
      const { value } = await call('POST /console-tokens', { body })
      return {
        credential: {
          secret: 'token',
          values: { Token: value },
          hint: (
            <p>
              Scripts send it as <code>Authorization: Bearer …</code>; the command line reads{' '}
              <code>SCIMULATOR_CONSOLE_TOKEN</code>.
            </p>
          ),
        },
      }
    },
  })

const tokenActions: Actions<ConsoleToken> = {
  Delete: {
    asks: ({ id, name }) => ({
      title: 'Delete console token?',
      text: (
        <>
          Scripts that use <ClientText text={name} /> will get 401. This can’t be undone.
        </>
      ),
      submit: () => call('DELETE /console-tokens/:token', { params: { token: id } }),
      done: `Console token ${name} deleted.`,
    }),
  },
}

function Sessions() {
  const pages = usePages('GET /sessions')
  return (
    <Collection
      title="Sessions"
      noun={['session', 'sessions']}
      rows={pages}
      columns={sessionColumns}
      keyOf={({ id }) => id}
      create={{ label: 'End all sessions', form: endAll, need: 'destroy' }}
      actions={sessionActions}
      empty="There are no sessions."
    />
  )
}

const nameOf = ({ name, subject }: Session): string => name ?? subject

const sessionColumns: readonly Column<Session>[] = [
  {
    name: 'Person',
    kind: 'name',
    text: session => `${nameOf(session)}${session.current ? ' (you)' : ''}`,
    title: ({ subject, issuer }) => `${subject} at ${issuer}`,
  },
  { name: 'Role', always: true, text: ({ role }) => (role === 'write' ? 'read and write' : 'read-only') },
  { ...createdColumn, name: 'Signed in' },
  lastUsedColumn,
  { name: 'Ends', kind: 'time', text: ({ expires }) => expires },
]

const endAll = () =>
  question('End all', {
    title: 'End all sessions?',
    text: 'Everyone has to sign in again, including you.',
    submit: () => call('DELETE /sessions').then(loadMe),
    done: 'All sessions ended.',
  })

const sessionActions: Actions<Session> = {
  End: {
    asks: session => ({
      title: 'End session?',
      text: (
        <>
          <ClientText text={nameOf(session)} /> has to sign in again.
        </>
      ),
      async submit() {
        await call('DELETE /sessions/:session', { params: { session: session.id } })
        // Without a session of its own, the page becomes the sign-in page.
        if (session.current) await loadMe()
      },
      done: 'Session ended.',
    }),
  },
}
