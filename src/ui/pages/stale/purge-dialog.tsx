import { useEffect, useState } from 'preact/hooks'
import type { Related } from '../../answers.ts'
import { type ApiProblem, apiPath, post } from '../../api.ts'
import { Dialog } from '../../components/dialog.tsx'
import { ActionButton, ClientText, Loading, ProblemBox, Time } from '../../components/elements.tsx'
import { formatCount } from '../../format.ts'
import { toApiProblem } from '../../load.ts'
import { announce } from '../../notices.ts'

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

/** Shows what would go, and purges it when that is what was meant. */
export function PurgeDialog({
  tenant,
  asked,
  onPurged,
  onClose,
}: {
  readonly tenant: string
  readonly asked: readonly string[] | 'all'
  readonly onPurged: () => void
  readonly onClose: () => void
}) {
  const [preview, setPreview] = useState<Preview>()
  const [problem, setProblem] = useState<ApiProblem>()
  const path = apiPath(['tenants', tenant, 'stale', 'purge'])
  const wish = asked === 'all' ? { all: true } : { ids: asked }
  useEffect(() => {
    post<Preview>(path, { ...wish, preview: true }).then(setPreview, (error: unknown) =>
      setProblem(toApiProblem(error)),
    )
  }, [])
  const purge = async () => {
    const { purged } = await post<Preview>(path, wish)
    announce(`${formatCount(purged.length, 'record')} purged. Their history stays.`)
    onPurged()
  }
  return (
    <Dialog title="Purge these records?" onClose={onClose}>
      {problem && <ProblemBox problem={problem} />}
      {!preview && !problem && <Loading what="Looking at what would go" />}
      {preview && <Records preview={preview} />}
      <div class="actions">
        <ActionButton tone="danger" act={purge} disabled={!preview || preview.purged.length === 0}>
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
      <p>No retained record is among them: nothing would go.</p>
    ) : (
      <ul class="records">
        {records.map(({ id, type, label, deleted, groups }) => (
          <li key={id}>
            {type} <ClientText text={label} />
            {deleted && (
              <>
                , deleted <Time at={deleted.at} />
              </>
            )}
            {groups.length > 0 && `, was in ${formatCount(groups.length, 'group')}`}
          </li>
        ))}
      </ul>
    )}
    {kept.length > 0 && <p class="muted">{formatCount(kept.length, 'other')} would stay, being in use.</p>}
  </>
)
