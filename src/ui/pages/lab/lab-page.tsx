import { PageHead } from '../../components/layout.tsx'
import { currentTenant } from '../../state.ts'
import { Clock } from './clock.tsx'
import { Faults } from './faults.tsx'
import { Snapshots } from './snapshots.tsx'

export const LabPage = () => (
  <div class="panels">
    <PageHead title="Lab" />
    <Faults />
    {currentTenant.value !== undefined && <Clock key={currentTenant.value} tenant={currentTenant.value} />}
    <Snapshots />
  </div>
)
