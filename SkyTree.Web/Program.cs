using System.Globalization;
using SkyTree.AspNetCore;
using SkyTree.Web;
using SkyTree.Web.Hosting;

// Sockets complete on the thread that polls them instead of hopping to another, and half of the cores poll: the other
// half is left to the kernel's side of the network and to what must not block them. Read when the first socket is made.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
if (Environment.GetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT") is null)
{
    int pollers = Math.Max(1, Environment.ProcessorCount / 2);
    Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", pollers.ToString(CultureInfo.InvariantCulture));
}

return await SkyTreeHost.RunAsync(args, commandLine =>
{
    WebApplicationBuilder builder = SkyTreeProgram.CreateBuilder(commandLine);
    builder.AddSkyTreeParts();

    WebApplication app = builder.Build();
    app.MapSkyTreeParts();
    return app;
});
