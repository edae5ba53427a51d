import { useEffect, useState } from 'preact/hooks'
import type { PurgeResult } from '../../../domain/contract/stale.ts'
import { type ApiProblem, call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { toApiProblem } from '../../load.ts'

export function PurgeDialog({
  tenant,
  selection,
  onPurged,
  onClose,
}: {
  readonly tenant: string
  readonly selection: readonly string[] | 'all'
  readonly onPurged: () => void
  readonly onClose: () => void
}) {
  const [preview, setPreview] = useState<PurgeResult>()
  const [problem, setProblem] = useState<ApiProblem>()
  const purge = (preview: boolean) =>
    call('POST /tenants/:tenant/stale/purge', {
      params: { tenant },
      body: selection === 'all' ? { all: true, preview } : { ids: [...selection], preview },
    })
  useEffect(() => {
    purge(true).then(setPreview, (error: unknown) => setProblem(toApiProblem(error)))
  }, [])
  const purgeSelection = async () => {
    const { purged } = await purge(false)
    announce(`${formatCount(purged.length, 'record')} purged. History is kept.`)
    onPurged()
  }
  return (
    <Dialog title="Purge these records?" onClose={onClose}>
      {problem && <ProblemBox problem={problem} />}
      {!preview && !problem && <Loading label="Finding deleted records" />}
      {preview && <Records preview={preview} />}
      <div class="actions">
        <ActionButton
          tone="danger"
          onAction={purgeSelection}
          disabled={!preview || preview.purged.length === 0}
        >
          {preview ? `Purge ${formatCount(preview.purged.length, 'record')}` : 'Purge'}
        </ActionButton>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  )
}

const Records = ({ preview: { records = [], skipped } }: { readonly preview: PurgeResult }) => (
  <>
    {records.length === 0 ? (
      <p>No deleted records to purge.</p>
    ) : (
      <ul class="record-list">
        {records.map(({ id, type, label, deleted, groups }) => (
          <li key={id}>
            {type} <ClientText text={label} />
            {deleted && (
              <>
                , deleted <Time at={deleted.at} />
              </>
            )}
            {groups.length > 0 && `, member of ${formatCount(groups.length, 'group')}`}
          </li>
        ))}
      </ul>
    )}
    {skipped.length > 0 && (
      <p class="muted">{formatCount(skipped.length, 'record')} in use will be skipped.</p>
    )}
  </>
)
