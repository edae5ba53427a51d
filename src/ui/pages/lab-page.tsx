import { PageHead } from '../components/layout.tsx'
import { currentTenant } from '../state.ts'
import { ClockPage } from './clock-page.tsx'
import { FaultsPage } from './faults/faults-page.tsx'
import { SnapshotsPage } from './snapshots-page.tsx'

export const LabPage = () => (
  <>
    <PageHead title="Lab" />
    <FaultsPage />
    {currentTenant.value !== undefined && (
      <ClockPage key={currentTenant.value} tenant={currentTenant.value} />
    )}
    <SnapshotsPage />
  </>
)
