import { useState } from 'preact/hooks'
import type {
  OnDelete,
  ProfileName,
  Tenant,
  TenantChange,
  Throttle,
} from '../../../domain/contract/tenants.ts'
import { profileTitles, type SwitchTopic, switchTopics } from '../../../profiles/names.ts'
import { call } from '../../api.ts'
import { Copyable } from '../../components/buttons.tsx'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { form, question, useForms } from '../../components/form.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { Prose, Source } from '../../components/text.tsx'
import { announce } from '../../frame/notice.tsx'
import { useLoad, useReload } from '../../load.ts'
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

export const resetTenant = (tenant: string) =>
  question('Reset', {
    title: `Reset ${tenant}?`,
    text: 'Deletes its users, groups, history and recorded requests, and sets its clock to real time. Tokens are kept.',
    submit: () => call('POST /reset', { body: { tenant } }),
    done: `Tenant ${tenant} reset.`,
  })

export const deleteTenant = (tenant: string) =>
  question('Delete', {
    title: `Delete ${tenant}?`,
    text: 'Deletes its users, groups, history and tokens. Its endpoint stops working.',
    async submit() {
      await call('DELETE /tenants/:tenant', { params: { tenant } })
      await loadTenants()
      navigate(pathTo('server'))
    },
    done: `Tenant ${tenant} deleted.`,
  })

export function TenantPage({ tenant = '' }: PageProps) {
  const params = { tenant }
  const loaded = useLoad('GET /tenants/:tenant', { params })
  const { open, dialog } = useForms(loaded.reload)
  useReload(loaded.reload)
  const settings = loaded.value.value
  const problem = loaded.problem.value
  const save = async (body: TenantChange) => {
    await call('PATCH /tenants/:tenant', { params, body })
    loaded.reload()
    return 'Saved.'
  }
  const change = async (body: TenantChange) => announce(await save(body))
  const ask = (body: TenantChange, title: string, text: string) =>
    open(
      form({
        title,
        label: 'Change',
        text: `${text} A client that is provisioning ${tenant} sees it at once.`,
        submit: () => save(body),
      }),
    )
  if (!settings) {
    return (
      <>
        <PageHead title={tenant} />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
      </>
    )
  }
  return (
    <div class="panels">
      <PageHead title={tenant}>
        <May need="destroy">
          <button type="button" class="plain" onClick={() => open(resetTenant(tenant))}>
            Reset tenant…
          </button>
        </May>
        {/* All that can be done with an opened session. */}
        <May need="destroy" readOnly={false}>
          <button type="button" class="plain" onClick={() => open(deleteTenant(tenant))}>
            Delete tenant…
          </button>
        </May>
      </PageHead>
      {settings.imported !== undefined && <ImportResultCard tenant={tenant} />}
      <section>
        <h2>SCIM endpoint</h2>
        <Copyable what="the endpoint" text={settings.endpoint} />
      </section>
      <section>
        <h2>Policy</h2>
        <SelectField
          key={`profile ${settings.profile} ${dialog === undefined}`}
          need="write"
          label="Profile"
          value={settings.profile}
          options={profileLabels}
          onChange={profile =>
            ask(
              { profile },
              `Emulate ${profileLabels[profile]}?`,
              'Its rules, error texts and attributes become those of this profile; switches of the other one are forgotten.',
            )
          }
        />
        <SelectField
          key={`delete ${settings.onDelete} ${dialog === undefined}`}
          need="write"
          label="On delete"
          value={settings.onDelete}
          options={onDeleteLabels}
          onChange={onDelete =>
            ask({ onDelete }, 'Change what a DELETE leaves?', `${onDeleteLabels[onDelete]}.`)
          }
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
      {dialog}
    </div>
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
    <section>
      <h2>Switches</h2>
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
