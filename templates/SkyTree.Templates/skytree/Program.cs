using SkyTree.AspNetCore;
#if (ownUsers)
using SkyTree.Core.Admin;
#endif
using SkyTreeApp;

var builder = WebApplication.CreateBuilder(args);
#if (ownUsers)
// Add the sign-in of your application here: a cookie, OpenID Connect, a token.
builder.Services.AddAuthentication();
builder.Services.AddAuthorization();
builder.AddSkyTree(skyTree => skyTree.RoleOf = user => user.IsInRole("admin") ? AdminRole.Administrator : AdminRole.None);
#else
builder.AddSkyTree();
#endif
builder.Services.AddHostedService<Thermostat>();

var app = builder.Build();
app.MapGet("/", () => "Publish to room/temperature and see room/heating.");
#if (portal)
app.MapSkyTree();
#else
app.MapSkyTree(configure: endpoints => endpoints.Portal = false);
#endif
app.Run();
