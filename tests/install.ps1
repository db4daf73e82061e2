<#
.SYNOPSIS
Runs install.ps1, deploy.ps1 and detect.ps1 on a real Windows, as an administrator: continuous integration's job install-windows.
.DESCRIPTION
Needs the bundle in dist and Python 3.11 to 3.14 of python.org. Changes this machine, and puts it back.
#>
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$shell = (Get-Process -Id $PID).Path
$root = Split-Path $PSScriptRoot
$content = Join-Path $root 'dist\whence'
$settings = Join-Path $env:USERPROFILE '.claude\settings.json'

function Assert-That([bool]$Condition, [string]$Message) {
    if (-not $Condition) { throw $Message }
    Write-Output "ok    $Message"
}

function Invoke-Script([string]$Script, [string[]]$Rest, [int]$Code = 0, [string]$With = $shell) {
    $ErrorActionPreference = 'Continue'
    & $With -NoProfile -ExecutionPolicy Bypass -File $Script @Rest | Out-Host
    if ($LASTEXITCODE -ne $Code) { throw "$Script $Rest ended with $LASTEXITCODE, not $Code" }
}

# Runs a hook as Claude Code does: the program and its arguments, without a shell.
function Invoke-Hook($Entry) {
    $info = New-Object Diagnostics.ProcessStartInfo
    $info.FileName = $Entry.command
    $info.Arguments = (($Entry.args | ForEach-Object { if ($_ -match ' ') { '"' + $_ + '"' } else { $_ } }) -join ' ')
    $info.UseShellExecute = $false
    $info.RedirectStandardInput = $true
    $info.RedirectStandardOutput = $true
    $info.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($info)
    $process.StandardInput.Write('{"session_id": "s", "hook_event_name": "Stop", "cwd": "C:\\"}')
    $process.StandardInput.Close()
    $told = $process.StandardOutput.ReadToEnd() + $process.StandardError.ReadToEnd()
    $process.WaitForExit()
    Assert-That ($process.ExitCode -eq 0 -and $told -eq '') "the hook $($Entry.command) exits 0 and prints nothing"
}

New-Item -ItemType Directory -Force (Split-Path $settings) | Out-Null
[IO.File]::WriteAllText($settings, "{`"model`":   `"opus`"}`r`n")
$before = (Get-FileHash $settings).Hash

# For this user.
$install = Join-Path $content 'install.ps1'
$offline = @('-Wheels', (Join-Path $content 'wheels'))
Invoke-Script $install ($offline + @('-Endpoint', 'http://127.0.0.1:9'))
$entry = (Get-Content -Raw $settings | ConvertFrom-Json).hooks.Stop[0].hooks[0]
Invoke-Hook $entry
Invoke-Script $install $offline
Invoke-Hook $entry
Invoke-Hook ((Get-Content -Raw $settings | ConvertFrom-Json).hooks.Stop[0].hooks[0])
& (Join-Path $env:USERPROFILE '.local\bin\whence.cmd') --version
Assert-That ($LASTEXITCODE -eq 0) 'the command runs through the junction'
Invoke-Script (Join-Path $env:LOCALAPPDATA 'Programs\whence\environment\install.ps1') @('-Uninstall')
Assert-That ((Get-FileHash $settings).Hash -eq $before) 'the settings are restored to the byte'
Assert-That (-not (Test-Path (Join-Path $env:LOCALAPPDATA 'Programs\whence'))) 'nothing is left in AppData'

# For every user, as Intune does.
$deploy = Join-Path $root 'deploy\mdm\deploy.ps1'
$detect = Join-Path $root 'deploy\mdm\detect.ps1'
$bundle = Join-Path $root 'dist\whence.tar.gz'
$sha256 = (Get-FileHash $bundle -Algorithm SHA256).Hash
Invoke-Script $detect @() 1
Invoke-Script $deploy @('-Bundle', $bundle, '-Sha256', ('0' * 64), '-Endpoint', 'http://127.0.0.1:9') 3
Invoke-Script $deploy @('-Bundle', $bundle, '-Sha256', $sha256, '-Endpoint', 'http://127.0.0.1:9')
# Intune's agent starts the PowerShell of 32 bits.
$small = Join-Path $env:SystemRoot 'SysWOW64\WindowsPowerShell\v1.0\powershell.exe'
Invoke-Script $deploy @('-Bundle', $bundle, '-Sha256', ('0' * 64), '-Endpoint', 'http://127.0.0.1:9') 3 $small
Invoke-Script $deploy @('-Bundle', $bundle, '-Sha256', $sha256, '-Endpoint', 'http://127.0.0.1:9') 0 $small
Invoke-Script $detect @()
$dropIn = 'C:\Program Files\ClaudeCode\managed-settings.d\50-whence.json'
Invoke-Hook ((Get-Content -Raw $dropIn | ConvertFrom-Json).hooks.Stop[0].hooks[0])
# The policy in the registry, from the command that prints it.
$policy = Join-Path $env:TEMP 'whence.reg'
& 'C:\Program Files\whence\environment\Scripts\whence.exe' settings --format registry | Set-Content -Encoding Unicode $policy
& reg.exe import $policy
$value = (Get-ItemProperty 'HKLM:\SOFTWARE\Policies\ClaudeCode').Settings | ConvertFrom-Json
Invoke-Hook $value.hooks.Stop[0].hooks[0]
$told = & cmd.exe /d /s /c "`"$($value.otelHeadersHelper)`""
Assert-That ($told -match '^\{') 'the headers helper of the policy prints an object'
$rights = (Get-Acl 'C:\Program Files\whence').Access | Where-Object {
    $_.IdentityReference -match 'Users$|Everyone' -and $_.FileSystemRights -match 'Write|Modify|FullControl' }
Assert-That (-not $rights) 'users cannot change what runs for every user'
Invoke-Script $deploy @('-Uninstall') 0 $small
Invoke-Hook $value.hooks.Stop[0].hooks[0]
Assert-That ((& cmd.exe /d /s /c "`"$($value.otelHeadersHelper)`"") -eq '{}') 'without whence the helper prints an empty object'
Remove-Item 'HKLM:\SOFTWARE\Policies\ClaudeCode' -Recurse
Assert-That (-not (Test-Path 'C:\Program Files\whence')) 'nothing is left in Program Files'
Assert-That (-not (Test-Path $dropIn)) 'nothing is left of the managed settings'
Invoke-Script $detect @() 1
exit 0
