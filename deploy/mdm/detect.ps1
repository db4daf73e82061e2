<#
.SYNOPSIS
Detects whether whence is correctly installed for every user of this Windows machine: Intune's detection or remediation check.
.DESCRIPTION
Set the expected version and SHA-256 in the two lines below; an empty one stands for any.

Exit codes: 0 installed, with one line on standard output; 1 not installed, or not as expected.
#>
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$version = ''
$sha256 = ''

function Stop-Detection([string]$Message) {
    Write-Output $Message
    exit 1
}

# The folders that Claude Code and the hook name too. A process of 32 bits sees them by the same names.
$environment = 'C:\Program Files\whence\environment'
$whence = Join-Path $environment 'Scripts\whence.exe'
if (-not (Test-Path -LiteralPath $whence)) { Stop-Detection 'not installed' }
$found = ([string](& $whence --version)).Split(' ')[-1]
$settings = 'C:\Program Files\ClaudeCode\managed-settings.d\50-whence.json'
if (-not (Test-Path -LiteralPath $settings)) { Stop-Detection "$found, not registered" }
if (-not (Test-Path -LiteralPath 'C:\Program Files\whence\config.json')) {
    Stop-Detection "$found, without its configuration"
}
if ($version -and $found -ne $version) { Stop-Detection "$found, not $version" }
$record = Join-Path $environment 'bundle.sha256'
if ($sha256 -and -not ((Test-Path -LiteralPath $record) -and (Get-Content -LiteralPath $record) -eq $sha256)) {
    Stop-Detection "$found, from another bundle"
}
Write-Output $found
exit 0
