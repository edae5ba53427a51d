import { ActionButton } from './buttons.tsx'
import { Dropdown } from './dropdown.tsx'

export async function saveFile(response: Response, name: string): Promise<void> {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

export const ExportMenu = <Format extends string>({
  labels,
  fileNames,
  fetchFile,
}: {
  readonly labels: Readonly<Record<Format, string>>
  readonly fileNames: Readonly<Record<Format, string>>
  readonly fetchFile: (format: Format) => Promise<Response>
}) => {
  const download = async (format: Format) => saveFile(await fetchFile(format), fileNames[format])
  return (
    <Dropdown label="Export">
      <div class="stack">
        {(Object.entries(labels) as [Format, string][]).map(([format, label]) => (
          <ActionButton key={format} onAction={() => download(format)}>
            {label}
          </ActionButton>
        ))}
      </div>
    </Dropdown>
  )
}
