@echo off
rem Makes a Windows service of the broker in this folder; run it as an administrator. Its data is in %ProgramData%\SkyTree.
setlocal
set DATA=%ProgramData%\SkyTree
mkdir "%DATA%" 2>nul
rem Only administrators, the system and the service can read what it keeps.
icacls "%DATA%" /inheritance:r /grant "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" "*S-1-5-19:(OI)(CI)M" >nul || exit /b 1
if not exist "%DATA%\appsettings.json" copy "%~dp0appsettings.json" "%DATA%\appsettings.json" >nul || exit /b 1
sc.exe create SkyTree binPath= "\"%~dp0SkyTree.Web.exe\" --data \"%DATA%\data\"" start= delayed-auto obj= "NT AUTHORITY\LocalService" DisplayName= "SkyTree MQTT broker" || exit /b 1
sc.exe description SkyTree "MQTT 5.0, 3.1.1 and 3.1 over TCP, TLS and WebSocket" >nul
sc.exe failure SkyTree reset= 86400 actions= restart/2000/restart/10000/restart/60000 >nul
reg.exe add HKLM\SYSTEM\CurrentControlSet\Services\SkyTree /v Environment /t REG_MULTI_SZ /d "SKYTREE_CONFIG=%DATA%\appsettings.json" /f >nul || exit /b 1
echo The service SkyTree is installed. Edit "%DATA%\appsettings.json", then: sc.exe start SkyTree
