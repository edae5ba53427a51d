import { PageHead } from '../components/basics.tsx'

export const Soon = () => <PageHead title="Page" />
