import { formatSpan } from '../../../domain/duration.ts'
import { call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Loading } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { clockLead, currentTenant, faults, tenants } from '../../state.ts'
import { Clock } from './clock.tsx'
import { Faults } from './faults.tsx'
import { Snapshots } from './snapshots.tsx'

export function LabPage() {
  const tenant = currentTenant.value
  const armed = faults.value.length
  const ahead = clockLead(tenant)
  const isSet = [
    armed > 0 && `${formatCount(armed, 'fault')} armed`,
    ahead > 0 && `clock ${formatSpan(ahead)} ahead`,
  ].filter(Boolean)
  return (
    <div class="panels">
      <PageHead title="Lab" about={isSet.length > 0 && <span class="warn">{isSet.join(', ')}</span>}>
        {armed > 0 && (
          <May need="write" readOnly={false}>
            <ActionButton onAction={disarmAll}>Disarm all</ActionButton>
          </May>
        )}
      </PageHead>
      {tenants.value ? (
        <>
          <Faults />
          {tenant !== undefined && <Clock key={tenant} tenant={tenant} />}
          <Snapshots />
        </>
      ) : (
        <Loading />
      )}
    </div>
  )
}

const disarmAll = async () => {
  await call('DELETE /faults')
  announce('No fault is armed.')
}
