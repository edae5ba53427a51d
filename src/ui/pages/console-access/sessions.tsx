import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Session } from '../../../domain/contract/console-access.ts'
import { call } from '../../api.ts'
import { loadMe } from '../../caller.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Badge } from '../../components/feedback.tsx'
import { May } from '../../components/may.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'

export function Sessions() {
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
