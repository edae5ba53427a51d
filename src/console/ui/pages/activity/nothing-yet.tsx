import { announce } from '../../announce.ts'
import { apiPath, post } from '../../api.ts'
import { ActionButton, Copyable, Empty } from '../../components/basics.tsx'
import { pathTo } from '../../router.ts'
import { currentTenant, tenants } from '../../state.ts'
import { counted } from '../../words.ts'

/** What to do while nobody has asked anything yet. */
export function NothingYet() {
  const tenant = (tenants.value ?? []).find(({ id }) => id === currentTenant.value)
  if (!tenant) return null
  return (
    <Empty title="Nobody has sent a request yet.">
      <p>
        Point a provisioning client at <code>{tenant.endpoint}</code>; <SetupLink tenant={tenant.id} /> says
        what to paste where in Entra. Or send a first request by hand:
      </p>
      <Copyable
        what="the command"
        text={`curl -H "Authorization: Bearer $SCIM_TOKEN" ${tenant.endpoint}/Users`}
      />
      <p>Or see what a provisioning run looks like:</p>
      <p>
        <ActionButton tone="primary" act={() => runSample(tenant.id)}>
          Run the Springfield sample
        </ActionButton>
      </p>
    </Empty>
  )
}

const SetupLink = ({ tenant }: { readonly tenant: string }) => (
  <a href={pathTo('setup', { tenant })}>Set-up</a>
)

type Ran = { readonly requests: number; readonly created: number }

async function runSample(tenant: string): Promise<void> {
  const { requests, created } = await post<Ran>(apiPath(['tenants', tenant, 'sample']))
  announce(`Springfield is provisioned: ${counted(requests, 'request')}, ${created} created.`)
}
