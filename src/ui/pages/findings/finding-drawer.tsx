import { useEffect, useState } from 'preact/hooks'
import type { FindingGroup } from '../../../domain/contract/findings.ts'
import { call } from '../../api.ts'
import { ActionButton, CopyButton } from '../../components/buttons.tsx'
import { Dialog, DialogForm } from '../../components/dialog.tsx'
import { Badge } from '../../components/feedback.tsx'
import { TextField } from '../../components/field.tsx'
import { May } from '../../components/may.tsx'
import { ClientText, HowToFix, Prose, Source, TenantTime, Time } from '../../components/text.tsx'
import { formatCount, zone } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { pathTo, setQuery } from '../../router.ts'
import { clockLead, sessionOf } from '../../state.ts'
import { severityTones } from '../exchange/explanation.tsx'
import { keyOf, Trend } from './columns.tsx'
import { toMarkdown } from './markdown.ts'

const focusRow = (key: string): void => {
  const links = document.querySelectorAll<HTMLElement>('[data-finding]')
  const link = [...links].find(({ dataset }) => dataset.finding === key)
  ;(link ?? document.querySelector('h1'))?.focus()
}

export function FindingDrawer({
  finding,
  onChanged,
}: {
  readonly finding: FindingGroup
  readonly onChanged: () => void
}) {
  const [isMuting, setMuting] = useState(false)
  const key = keyOf(finding)
  // The link may be new: the table is drawn again when the drawer is closed.
  useEffect(() => () => queueMicrotask(() => focusRow(key)), [key])
  const close = () => setQuery({ finding: undefined })
  const params = { tenant: finding.tenant, finding: finding.id }
  const unmute = async () => {
    await call('DELETE /tenants/:tenant/muted-findings/:finding', { params })
    announce('Unmuted.')
    onChanged()
  }
  return (
    <Dialog title="Finding" drawer onClose={close}>
      <h3>
        <Badge tone={severityTones[finding.severity]}>{finding.severity}</Badge>{' '}
        <Prose text={finding.title} />
      </h3>
      <p class="muted">
        {formatCount(finding.count, 'request')}, {formatCount(finding.subjects, 'object')}, in{' '}
        {finding.tenant}, last <TenantTime at={finding.last} tenantTime={finding.tenantLast} />{' '}
        <Trend trend={finding.trend} />
      </p>
      {finding.origin !== 'provisioning' && (
        <p class="muted">
          In {finding.origin === 'compliance' ? 'compliance runs' : 'ad-hoc requests'}: no effect on the
          provisioning job.
        </p>
      )}
      {finding.mute && (
        <p class="caution">
          Muted <Time at={finding.mute.at} />
          {zone.value === 'tenant' && clockLead(finding.tenant) !== 0 && ' (server time)'}
          {finding.mute.by !== undefined && (
            <>
              {' by '}
              <ClientText text={finding.mute.by} />
            </>
          )}
          : <ClientText text={finding.mute.reason} />
        </p>
      )}
      <p>
        <Prose text={finding.reason} />
      </p>
      <p>
        <HowToFix {...finding} />
      </p>
      <h3>Evidence</h3>
      <Evidence finding={finding} />
      <p class="muted">
        <a href={pathTo('activity', {}, { q: `finding:${finding.id} tenant:${finding.tenant}` })}>
          View requests
        </a>{' '}
        · <code>{finding.id}</code>
        {finding.basis && ` · ${finding.basis}`}
        {finding.source && (
          <>
            {' · '}
            <Source text={finding.source} />
          </>
        )}
      </p>
      {isMuting ? (
        <MuteForm
          finding={finding}
          onMuted={() => {
            setMuting(false)
            onChanged()
          }}
          onClose={() => setMuting(false)}
        />
      ) : (
        <div class="actions">
          <CopyButton text={toMarkdown(finding)} what="as Markdown">
            Copy as Markdown
          </CopyButton>
          <May need="write" readOnly={sessionOf(finding.tenant) !== undefined}>
            {finding.mute && <ActionButton onAction={unmute}>Unmute</ActionButton>}
            {!finding.mute && (
              <button type="button" onClick={() => setMuting(true)}>
                Mute…
              </button>
            )}
          </May>
        </div>
      )}
    </Dialog>
  )
}

const Evidence = ({ finding: { evidence } }: { readonly finding: FindingGroup }) => (
  <ul class="plain evidence">
    {evidence.map(({ exchange, at, tenantTime, subject, detail }, index) => (
      <li key={index}>
        <a href={pathTo('exchange', { id: exchange })}>
          <TenantTime at={at} tenantTime={tenantTime} />
        </a>{' '}
        {subject !== undefined && (
          <strong>
            <ClientText text={subject} />
          </strong>
        )}{' '}
        <ClientText text={detail} />
      </li>
    ))}
  </ul>
)

function MuteForm({
  finding: { tenant, id },
  onMuted,
  onClose,
}: {
  readonly finding: FindingGroup
  readonly onMuted: () => void
  readonly onClose: () => void
}) {
  const [reason, setReason] = useState('')
  const mute = async () => {
    await call('PUT /tenants/:tenant/muted-findings/:finding', {
      params: { tenant, finding: id },
      body: { reason },
    })
    announce('Muted. The tab Muted has it.')
    onMuted()
  }
  return (
    <DialogForm label="Mute" onSubmit={mute} onClose={onClose}>
      {errorAt => (
        <TextField
          label="Reason"
          description={`Muted for everyone in ${tenant}, until someone unmutes it.`}
          error={errorAt('reason')}
          value={reason}
          onChange={setReason}
          maxLength={500}
        />
      )}
    </DialogForm>
  )
}
