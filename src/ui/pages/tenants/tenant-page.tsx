import { useEffect, useState } from 'preact/hooks'
import type {
  OnDelete,
  ProfileName,
  Tenant,
  TenantChange,
  Throttle,
} from '../../../domain/contract/tenants.ts'
import { profileTitles, type SwitchTopic, switchTopics } from '../../../profiles/names.ts'
import { call, fetchContent } from '../../api.ts'
import { ActionButton, Copyable } from '../../components/buttons.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { saveFile } from '../../components/dropdown.tsx'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { Prose, Source } from '../../components/text.tsx'
import { announce } from '../../frame/notice.tsx'
import { onLive } from '../../live.ts'
import { useLoad } from '../../load.ts'
import { navigate, type PageProps, pathTo } from '../../router.ts'
import { loadTenants } from '../../state.ts'
import { ImportResultCard } from './import-result.tsx'

export const profileLabels: Readonly<Record<ProfileName, string>> = profileTitles

export const onDeleteLabels: Readonly<Record<OnDelete, string>> = {
  retain: 'Keep a disabled record until it is purged',
  remove: 'Remove the record, keep its history',
}

const throttleLabels: Readonly<Record<Throttle, string>> = {
  off: 'Off',
  aws: 'As AWS: 429 above 25 writes/s or 40 reads/s',
}

export function TenantPage({ tenant = '' }: PageProps) {
  const params = { tenant }
  const loaded = useLoad('GET /tenants/:tenant', { params })
  const [dialog, setDialog] = useState<'reset' | 'delete'>()
  useEffect(() => onLive('changed', loaded.reload), [])
  const settings = loaded.value.value
  const problem = loaded.problem.value
  const change = async (body: TenantChange) => {
    await call('PATCH /tenants/:tenant', { params, body })
    announce('Saved.')
    loaded.reload()
  }
  const reset = async () => {
    await call('POST /reset', { body: { tenant } })
    announce(`Tenant ${tenant} reset.`)
    setDialog(undefined)
  }
  const exportSession = async () =>
    saveFile(await fetchContent('GET /tenants/:tenant/session', { params }), `${tenant}-session.html`)
  const deleteTenant = async () => {
    await call('DELETE /tenants/:tenant', { params })
    announce(`Tenant ${tenant} deleted.`)
    await loadTenants()
    navigate(pathTo('server'))
  }
  if (!settings) {
    return (
      <>
        <PageHead title={tenant} />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
      </>
    )
  }
  return (
    <>
      <PageHead title={tenant} description={`Emulates: ${profileLabels[settings.profile]}.`}>
        <May need="destroy">
          <button type="button" onClick={() => setDialog('reset')}>
            Reset tenant…
          </button>
        </May>
        {/* All that can be done with an opened session. */}
        <May need="destroy" readOnly={false}>
          <button type="button" class="danger" onClick={() => setDialog('delete')}>
            Delete tenant…
          </button>
        </May>
      </PageHead>
      {settings.imported !== undefined && <ImportResultCard tenant={tenant} />}
      <section class="card">
        <h2>SCIM endpoint</h2>
        <Copyable what="the endpoint" text={settings.endpoint} />
      </section>
      <section class="card">
        <h2>Policy</h2>
        <SelectField
          need="write"
          label="Profile"
          value={settings.profile}
          options={profileLabels}
          onChange={profile => change({ profile })}
        />
        <SelectField
          need="write"
          label="On delete"
          value={settings.onDelete}
          options={onDeleteLabels}
          onChange={onDelete => change({ onDelete })}
        />
        <SelectField
          need="write"
          label="Rate limiting"
          value={settings.throttle}
          options={throttleLabels}
          onChange={throttle => change({ throttle })}
        />
      </section>
      <Switches tenant={settings} change={change} />
      <section class="card">
        <h2>Session</h2>
        <p>
          One HTML file with all requests, cycles, findings, users and groups and their history. It opens in a
          browser without a server. Secrets are masked.
        </p>
        <p class="actions">
          <ActionButton onAction={exportSession}>Export session</ActionButton>
        </p>
      </section>
      {dialog === 'reset' && (
        <ConfirmDialog
          title={`Reset ${tenant}?`}
          label="Reset"
          onConfirm={reset}
          onClose={() => setDialog(undefined)}
        >
          Deletes its users, groups, history and recorded requests, and sets its clock to real time. Tokens
          are kept.
        </ConfirmDialog>
      )}
      {dialog === 'delete' && (
        <ConfirmDialog
          title={`Delete ${tenant}?`}
          label="Delete"
          onConfirm={deleteTenant}
          onClose={() => setDialog(undefined)}
        >
          Deletes its users, groups, history and tokens. Its endpoint stops working.
        </ConfirmDialog>
      )}
    </>
  )
}

const topicLabels: Readonly<Record<SwitchTopic, string>> = {
  attributes: 'Attributes and values',
  members: 'Members of groups',
  lists: 'Lists, filters and pages',
  responses: 'Responses',
  'aws-apis': 'AWS APIs',
}

type Switch = Tenant['switches'][number]

const Switches = ({
  tenant,
  change,
}: {
  readonly tenant: Tenant
  readonly change: (changes: TenantChange) => Promise<void>
}) => {
  const [text, setText] = useState('')
  const [changedOnly, setChangedOnly] = useState(false)
  if (tenant.switches.length === 0) return null
  const isChanged = (option: Switch) => option.chosen !== option.default
  const words = text.toLowerCase()
  const shown = tenant.switches.filter(
    option =>
      (!changedOnly || isChanged(option)) &&
      `${option.id} ${option.description}`.toLowerCase().includes(words),
  )
  return (
    <section class="card">
      <h2>Switches</h2>
      <p class="muted">Each switch selects a behavior that is not specified, or on which sources disagree.</p>
      <search>
        <form class="inline" onSubmit={event => event.preventDefault()}>
          <TextField label="Search switches" value={text} onChange={setText} />
          <label>
            <input
              type="checkbox"
              checked={changedOnly}
              onChange={event => setChangedOnly(event.currentTarget.checked)}
            />{' '}
            Changed from the default only ({tenant.switches.filter(isChanged).length} of{' '}
            {tenant.switches.length})
          </label>
        </form>
      </search>
      {shown.length === 0 && <p>No matching switches.</p>}
      {switchTopics.map(topic => {
        const options = shown.filter(option => option.topic === topic)
        return (
          options.length > 0 && (
            <section key={topic} aria-label={topicLabels[topic]}>
              <h3>{topicLabels[topic]}</h3>
              {options.map(option => (
                <SelectField
                  need="write"
                  key={option.id}
                  label={
                    <>
                      <Prose text={option.description} />{' '}
                      {isChanged(option) && <Badge tone="accent">changed</Badge>}
                    </>
                  }
                  description={
                    <>
                      <code>{option.id}</code>, {option.basis}, <Source text={option.source} />
                    </>
                  }
                  value={option.chosen}
                  options={Object.fromEntries(
                    option.values.map(value => [
                      value,
                      value === option.default ? `${value} (default)` : value,
                    ]),
                  )}
                  onChange={value =>
                    change({ switches: { [option.id]: value === option.default ? null : value } })
                  }
                />
              ))}
            </section>
          )
        )
      })}
    </section>
  )
}
