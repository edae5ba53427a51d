import { useEffect, useState } from 'preact/hooks'
import { profileTitles } from '../../../profiles/names.ts'
import type { Tenant } from '../../answers.ts'
import { apiPath, patch, post, remove } from '../../api.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Copyable, Loading, PageHead, ProblemBox, Prose, Source } from '../../components/elements.tsx'
import { SelectField } from '../../components/field.tsx'
import { onLive } from '../../live.ts'
import { useLoad } from '../../load.ts'
import { announce } from '../../notices.ts'
import { navigate, type PageProps, pathTo } from '../../router.ts'
import { loadTenants } from '../../state.ts'

/** Whose SCIM a tenant can speak, in words. */
export const profileLabels: Readonly<Record<string, string>> = profileTitles

export const onDeleteLabels: Readonly<Record<string, string>> = {
  retain: 'a disabled record, until it is purged',
  remove: 'nothing but history',
}

export const throttleLabels: Readonly<Record<string, string>> = {
  off: 'never',
  aws: '429 over 25 writes or 40 reads a second, as AWS',
}

/** One tenant: whose SCIM it speaks, its policy, and the points on which it may choose. */
export function TenantPage({ tenant = '' }: PageProps) {
  const path = apiPath(['tenants', tenant])
  const loaded = useLoad<Tenant>(path)
  const [asked, setAsked] = useState<'reset' | 'delete'>()
  useEffect(() => onLive('changed', loaded.reload), [])
  const known = loaded.value.value
  const problem = loaded.problem.value
  const change = async (settings: object) => {
    await patch(path, settings)
    announce('Saved.')
    loaded.reload()
  }
  const reset = async () => {
    await post(apiPath(['reset']), { tenant })
    announce(`${tenant} is empty again.`)
    setAsked(undefined)
  }
  const forget = async () => {
    await remove(path)
    announce(`Tenant ${tenant} is deleted.`)
    await loadTenants()
    navigate(pathTo('tenants'))
  }
  if (!known) {
    return (
      <>
        <PageHead title={tenant} />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
      </>
    )
  }
  return (
    <>
      <PageHead title={tenant} description={`Emulates: ${profileLabels[known.profile] ?? known.profile}.`}>
        <button type="button" onClick={() => setAsked('reset')}>
          Empty it…
        </button>
        <button type="button" class="danger" onClick={() => setAsked('delete')}>
          Delete…
        </button>
      </PageHead>
      <section class="card">
        <h2>SCIM endpoint</h2>
        <Copyable what="the endpoint" text={known.endpoint} />
      </section>
      <section class="card">
        <h2>Policy</h2>
        <SelectField
          label="Profile"
          value={known.profile}
          words={profileLabels}
          choose={profile => change({ profile })}
        />
        <SelectField
          label="A DELETE leaves"
          value={known.onDelete}
          words={onDeleteLabels}
          choose={onDelete => change({ onDelete })}
        />
        <SelectField
          label="Throttles"
          value={known.throttle}
          words={throttleLabels}
          choose={throttle => change({ throttle })}
        />
      </section>
      <Switches tenant={known} change={change} />
      {asked === 'reset' && (
        <ConfirmDialog
          title={`Empty ${tenant}?`}
          words="Empty it"
          act={reset}
          onClose={() => setAsked(undefined)}
        >
          Its users, groups, their history and its exchanges are forgotten, and its clock set back. Its tokens
          stay.
        </ConfirmDialog>
      )}
      {asked === 'delete' && (
        <ConfirmDialog
          title={`Delete ${tenant}?`}
          words="Delete it"
          act={forget}
          onClose={() => setAsked(undefined)}
        >
          Users, groups, history and tokens go with it, and its address is gone.
        </ConfirmDialog>
      )}
    </>
  )
}

const Switches = ({
  tenant,
  change,
}: {
  readonly tenant: Tenant
  readonly change: (settings: object) => Promise<void>
}) => {
  if (tenant.switches.length === 0) return null
  const chosen = Object.fromEntries(
    tenant.switches.filter(one => one.chosen !== one.default).map(one => [one.id, one.chosen]),
  )
  return (
    <section class="card">
      <h2>Switches</h2>
      <p class="muted">Points on which sources disagree, or which the service leaves open.</p>
      {tenant.switches.map(one => (
        <SelectField
          key={one.id}
          label={<Prose text={one.description} />}
          description={
            <>
              <code>{one.id}</code>, {one.basis}, <Source text={one.source} />
            </>
          }
          value={one.chosen}
          words={Object.fromEntries(
            one.values.map(value => [value, value === one.default ? 'the default' : value]),
          )}
          choose={value => change({ switches: { ...chosen, [one.id]: value } })}
        />
      ))}
    </section>
  )
}
