using SkyTree.Web;
using SkyTree.Web.Hosting;

// Sockets complete on the thread that polls them instead of hopping to another; read when the first socket is made.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

return await SkyTreeHost.RunAsync(args, commandLine =>
{
    WebApplicationBuilder builder = SkyTreeApplication.CreateBuilder(commandLine);
    builder.AddSkyTree();

    WebApplication app = builder.Build();
    app.MapSkyTree();
    return app;
});
