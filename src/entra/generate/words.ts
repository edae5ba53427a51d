type Words = readonly [string, ...string[]]

const words = (text: string): Words => {
  const [first = '', ...others] = text.trim().split(/\s+/)
  return [first, ...others]
}

/** Apostrophes, accents and hyphens are among them: they are what integrations stumble over. */
export const givenNames = words(`
  Ada Aisha Alejandro Amara Anna Anders Björn Camille Carlos Chiara Chloé Claire Daniel Deepa Diego Elif Emma Erik
  Esther Fatima Felix Fiona Freya Gabriel Grace Hana Hannah Henrik Hugo Ibrahim Ines Ingrid Isabel Ivan Jack Jamal
  Jan Jean-Luc José Julia Kaito Karin Kofi Laila Lars Laura Leon Lena Liam Lucía Maja Malik Marek Maria Mateo Mei
  Milan Mira Mohamed Nadia Naomi Nils Nina Noah Nora Olga Oliver Omar Oscar Paolo Petra Priya Rafael Rania Renée
  Robin Rosa Ruth Samuel Sana Sara Sean Sofia Soren Stella Sven Tara Thomas Tomás Uma Vera Viktor Wei William Yara
  Yusuf Zara Zoë`)

export const surnames = words(`
  Abbott Adeyemi Almeida Andersen Bakker Baptiste Barros Becker Bergström Bianchi Blackwood Bouchard Brandt Byrne
  Campbell Castillo Chandra Chen Clarke Cohen Costa Cruz Dahl Das Delgado Diallo Duarte Dubois D'Angelo Eriksson
  Farah Fernández Fischer Fitzgerald Fontaine Foster Fraser García Gauthier González Greene Gupta Haddad Hansen
  Hassan Hoffmann Horvat Hughes Ibsen Ivanova Jansen Jensen Johansson Kaur Keller Kim Kimura Klein Kovács Kowalski
  Kruger Kumar Lambert Larsen Laurent Lehmann Lindqvist López MacDonald Mancini Marchetti Martin Mbeki Mehta Mendes
  Meyer Moreau Morgan Müller Murphy Nakamura Nguyen Nielsen Novák Nowak Núñez O'Brien O'Connor Okafor Olsen Osman
  Özdemir Park Patel Pereira Petrov Popescu Quinn Ramírez Rao Rossi Russo Said Sánchez Santos Sato Schmidt Schneider
  Sharma Silva Singh Smith-Jones Sokolov Sousa Suzuki Svensson Takahashi Tanaka Tóth Turner Usman Varga Vasquez
  Virtanen Wagner Walsh Watanabe Weber Williams Wolf Wong Wright Yamamoto Yilmaz Young Zhang Zimmermann`)

/** Departments, and what people do there below its head. */
export const departments = [
  ['Engineering', ['Software Engineer', 'Test Engineer', 'Site Reliability Engineer']],
  ['Finance', ['Accountant', 'Financial Analyst', 'Payroll Clerk']],
  ['Human Resources', ['Recruiter', 'Personnel Officer', 'Training Officer']],
  ['Information Security', ['Security Analyst', 'Security Engineer', 'Auditor']],
  ['IT Operations', ['Systems Administrator', 'Network Engineer', 'Help Desk Technician']],
  ['Legal', ['Legal Counsel', 'Paralegal', 'Contracts Officer']],
  ['Logistics', ['Dispatcher', 'Warehouse Planner', 'Buyer']],
  ['Marketing', ['Copywriter', 'Event Planner', 'Market Researcher']],
  ['Research', ['Scientist', 'Laboratory Technician', 'Statistician']],
  ['Sales', ['Account Executive', 'Sales Engineer', 'Inside Sales Representative']],
] as const

export const offices = [
  { city: 'Amsterdam', country: 'Netherlands', usageLocation: 'NL', language: 'nl-NL' },
  { city: 'Dublin', country: 'Ireland', usageLocation: 'IE', language: 'en-IE' },
  { city: 'Lisbon', country: 'Portugal', usageLocation: 'PT', language: 'pt-PT' },
  { city: 'Munich', country: 'Germany', usageLocation: 'DE', language: 'de-DE' },
  { city: 'Osaka', country: 'Japan', usageLocation: 'JP', language: 'ja-JP' },
  { city: 'Toronto', country: 'Canada', usageLocation: 'CA', language: 'en-CA' },
] as const

export const groupSubjects = words(
  'Archive Backup Billing Build Cluster Contracts Database Desktop Forecast Gateway Identity Inventory Invoices Mail ' +
    'Monitoring Network Payroll Portal Pricing Print Reporting Sandbox Storage Warehouse',
)
export const groupRoles = words(
  'Admins Approvers Auditors Contributors Developers Editors Operators Owners Readers Testers',
)
