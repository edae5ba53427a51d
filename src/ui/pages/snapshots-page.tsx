import { useEffect, useRef, useState } from 'preact/hooks'
import type { Snapshot } from '../../domain/contract/snapshots.ts'
import { call } from '../api.ts'
import { ActionButton } from '../components/buttons.tsx'
import { ConfirmDialog } from '../components/dialog.tsx'
import { Empty } from '../components/feedback.tsx'
import { Field } from '../components/field.tsx'
import { PageHead } from '../components/layout.tsx'
import { May } from '../components/may.tsx'
import { type Column, ListTable } from '../components/table.tsx'
import { ClientText, Time } from '../components/text.tsx'
import { formatCount, formatSize } from '../format.ts'
import { announce } from '../frame/notice.tsx'
import { onLive } from '../live.ts'
import { useLoad } from '../load.ts'

export function SnapshotsPage() {
  const snapshots = useLoad('GET /snapshots')
  const [choice, setChoice] = useState<Choice>()
  useEffect(() => onLive('changed', snapshots.reload), [])
  const save = async (name: string) => {
    await call('POST /snapshots', { body: name === '' ? {} : { name } })
    announce('Snapshot saved.')
    snapshots.reload()
  }
  const columns: readonly Column<Snapshot>[] = [
    { name: 'Name', of: ({ name }) => <ClientText text={name} /> },
    { name: 'Saved', of: ({ created }) => <Time at={created} relative /> },
    { name: 'Contents', of: ({ tenants }) => tenants.map(formatContents).join('; '), wide: true },
    { name: 'Size', of: ({ bytes }) => formatSize(bytes), numeric: true, wide: true },
    {
      name: 'Actions',
      of: snapshot => (
        <div class="actions">
          <ActionButton
            onAction={() => setChoice({ kind: 'restore', snapshot })}
            label={`Restore ${snapshot.name}`}
          >
            Restore…
          </ActionButton>
          <ActionButton
            onAction={() => setChoice({ kind: 'delete', snapshot })}
            label={`Delete ${snapshot.name}`}
          >
            Delete…
          </ActionButton>
        </div>
      ),
      need: 'destroy',
    },
  ]
  return (
    <>
      <PageHead
        title="Snapshots"
        description="Save and restore the users, groups and history of all tenants. Tokens and recorded requests are not affected."
      />
      <May need="write">
        <SaveForm save={save} />
      </May>
      <ListTable
        list={snapshots}
        caption="Snapshots"
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          <Empty title="No snapshots yet.">
            <p>Save one before a test that changes many records.</p>
          </Empty>
        }
      />
      {choice && (
        <SnapshotDialog choice={choice} onClose={() => setChoice(undefined)} onChange={snapshots.reload} />
      )}
    </>
  )
}

function formatContents({ id, counts, retained = 0 }: Snapshot['tenants'][number]): string {
  const parts = Object.entries(counts).map(([type, count]) => formatCount(count, type.toLowerCase()))
  if (retained > 0) parts.push(`${retained.toLocaleString('en')} retained`)
  return `${id}: ${parts.length > 0 ? parts.join(', ') : 'empty'}`
}

function SaveForm({ save }: { readonly save: (name: string) => Promise<void> }) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <form class="inline" onSubmit={event => event.preventDefault()}>
      <Field label="Name">
        {props => <input {...props} ref={field} maxLength={100} placeholder="before the migration" />}
      </Field>
      <ActionButton tone="primary" onAction={() => save(field.current?.value.trim() ?? '')}>
        Save snapshot
      </ActionButton>
    </form>
  )
}

type Choice = { readonly kind: 'restore' | 'delete'; readonly snapshot: Snapshot }

function SnapshotDialog({
  choice: { kind, snapshot },
  onClose,
  onChange,
}: {
  readonly choice: Choice
  readonly onClose: () => void
  readonly onChange: () => void
}) {
  const { id, name, created } = snapshot
  const restore = async () => {
    await call('POST /snapshots/:id/restore', { params: { id } })
    announce(`Snapshot "${name}" restored.`)
    onClose()
  }
  const deleteSnapshot = async () => {
    await call('DELETE /snapshots/:id', { params: { id } })
    announce(`Snapshot "${name}" deleted.`)
    onClose()
    onChange()
  }
  return kind === 'restore' ? (
    <ConfirmDialog title="Restore snapshot?" label="Restore" onConfirm={restore} onClose={onClose}>
      Replaces all users, groups and their history with those of <ClientText text={name} />, saved{' '}
      <Time at={created} />. Later changes are lost.
    </ConfirmDialog>
  ) : (
    <ConfirmDialog title="Delete snapshot?" label="Delete" onConfirm={deleteSnapshot} onClose={onClose}>
      <ClientText text={name} />, saved <Time at={created} />, can’t be restored afterwards.
    </ConfirmDialog>
  )
}
