import { useEffect, useState } from 'preact/hooks'
import type { Related } from '../../../contract/identities.ts'
import { type ApiProblem, apiPath, post } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { toApiProblem } from '../../load.ts'

type PurgeableRecord = {
  readonly id: string
  readonly type: string
  readonly label: string
  readonly deleted?: { readonly at: string }
  readonly groups: readonly Related[]
}
type Preview = {
  readonly purged: readonly string[]
  readonly kept: readonly string[]
  readonly records: readonly PurgeableRecord[]
}

/** Lists the records that a purge would remove, and purges them on confirmation. */
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
  const [preview, setPreview] = useState<Preview>()
  const [problem, setProblem] = useState<ApiProblem>()
  const path = apiPath(['tenants', tenant, 'stale', 'purge'])
  const request = selection === 'all' ? { all: true } : { ids: selection }
  useEffect(() => {
    post<Preview>(path, { ...request, preview: true }).then(setPreview, (error: unknown) =>
      setProblem(toApiProblem(error)),
    )
  }, [])
  const purge = async () => {
    const { purged } = await post<Preview>(path, request)
    announce(`${formatCount(purged.length, 'record')} purged. History is kept.`)
    onPurged()
  }
  return (
    <Dialog title="Purge these records?" onClose={onClose}>
      {problem && <ProblemBox problem={problem} />}
      {!preview && !problem && <Loading label="Finding deleted records" />}
      {preview && <Records preview={preview} />}
      <div class="actions">
        <ActionButton tone="danger" onAction={purge} disabled={!preview || preview.purged.length === 0}>
          {preview ? `Purge ${formatCount(preview.purged.length, 'record')}` : 'Purge'}
        </ActionButton>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  )
}

const Records = ({ preview: { records, kept } }: { readonly preview: Preview }) => (
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
    {kept.length > 0 && <p class="muted">{formatCount(kept.length, 'record')} in use will be kept.</p>}
  </>
)
