using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.IdentityModel.Tokens;
using MudBlazor.Services;
using OpenTelemetry.Metrics;
using Plant;
using Plant.Components;
using SkyTree.AspNetCore;
using SkyTree.Core.Admin;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
// Its files are found before it is published, too.
builder.WebHost.UseStaticWebAssets();
IConfiguration settings = builder.Configuration.GetSection("Plant");

builder.Services.AddControllers().AddJsonOptions(json => json.JsonSerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper);
builder.Services.AddProblemDetails();
builder.Services.AddRazorComponents().AddInteractiveServerComponents();
builder.Services.AddMudServices();
builder.Services.AddCascadingAuthenticationState();
builder.Services.AddAuthentication("either")
    .AddPolicyScheme("either", null, either => either.ForwardDefaultSelector = context =>
        context.Request.Headers.Authorization.Count > 0 ? JwtBearerDefaults.AuthenticationScheme : CookieAuthenticationDefaults.AuthenticationScheme)
    .AddCookie(cookie =>
    {
        cookie.Cookie.Name = "plant";
        cookie.LoginPath = "/enter";
    })
    .AddJwtBearer(jwt =>
    {
        jwt.MapInboundClaims = false;
        jwt.TokenValidationParameters = new TokenValidationParameters
        {
            IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(settings["Key"] ?? new string('k', 32))),
            ValidateIssuer = false,
            ValidateAudience = false,
            NameClaimType = "name",
            RoleClaimType = "role",
        };
    });
builder.Services.AddAuthorization(authorization =>
{
    if (settings.GetValue("Closed", false))
    {
        authorization.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();
    }
});
builder.Services.AddHealthChecks().AddCheck("plant", () => Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Healthy());
builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(Readings.MeterName).AddPrometheusExporter());
builder.Services.AddSingleton<Readings>();
builder.Services.AddHostedService(services => services.GetRequiredService<Readings>());
builder.Services.AddSkyTreeHook<Gate>();
builder.AddSkyTree(skyTree =>
{
    if (settings.GetValue("OwnUsers", true))
    {
        skyTree.RoleOf = user => user.IsInRole("chief") ? AdminRole.Administrator : user.IsInRole("visitor") ? AdminRole.Viewer : AdminRole.None;
    }
});

WebApplication app = builder.Build();
app.UseStatusCodePages(async context => await context.HttpContext.Response.WriteAsync($"plant: {context.HttpContext.Response.StatusCode}"));
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();
app.MapControllers();
app.MapStaticAssets();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
app.MapGet("/hello", () => new Greeting("hello", 1));
app.MapGet("/whoami", (ClaimsPrincipal user) => user.Identity!.Name).RequireAuthorization();
app.MapGet("/enter", (string? returnUrl) => Results.Text(
    $"<link rel=\"icon\" href=\"data:,\"><form method=\"post\" action=\"/enter?returnUrl={Uri.EscapeDataString(returnUrl ?? "/")}\"><input name=\"name\"><input name=\"role\"><button>Enter the plant</button></form>", "text/html"))
    .AllowAnonymous();
app.MapPost("/enter", async (HttpContext context, string? returnUrl) =>
{
    IFormCollection form = await context.Request.ReadFormAsync();
    ClaimsIdentity identity = new([new Claim(ClaimTypes.Name, form["name"]!), new Claim(ClaimTypes.Role, form["role"]!)], "form");
    await context.SignInAsync(new ClaimsPrincipal(identity));
    return Results.LocalRedirect(returnUrl ?? "/");
}).AllowAnonymous();
app.MapHealthChecks("/health").AllowAnonymous();
app.MapHealthChecks("/health/broker", new HealthCheckOptions { Predicate = check => check.Tags.Contains("skytree") }).AllowAnonymous();
app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();
app.MapSkyTree(settings["Prefix"] ?? "/skytree", endpoints =>
{
    endpoints.Portal = settings.GetValue("Portal", true);
    endpoints.Api = settings.GetValue("Api", true);
    endpoints.WebSocketPath = settings.GetValue("WebSocket", true) ? "/mqtt" : null;
});
app.Run();
