variable "admin_ranges" {
  type = list(string)
}

variable "ports" {
  type = list(string)
}

variable "disabled" {
  type = bool
}

provider "google" {
  project = "fixture"
  region  = "europe-west3"
}

resource "google_compute_network" "main" {
  name                    = "fixture"
  auto_create_subnetworks = false
}

# expect: PASS sensitive-ports-closed-to-world
resource "google_compute_firewall" "web" {
  name          = "fixture-web"
  network       = google_compute_network.main.name
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = ["80", "443"]
  }
}

# expect: FAIL sensitive-ports-closed-to-world
resource "google_compute_firewall" "ssh" {
  name          = "fixture-ssh"
  network       = google_compute_network.main.name
  source_ranges = ["10.0.0.0/8", "0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = ["20-25"]
  }
}

# Without ports every port is meant.
# expect: FAIL sensitive-ports-closed-to-world
resource "google_compute_firewall" "everything" {
  name          = "fixture-everything"
  network       = google_compute_network.main.name
  source_ranges = ["::/0"]
  allow {
    protocol = "all"
  }
}

# Without ranges and tags everybody is meant.
# expect: FAIL sensitive-ports-closed-to-world
resource "google_compute_firewall" "everybody" {
  name    = "fixture-everybody"
  network = google_compute_network.main.name
  allow {
    protocol = "tcp"
    ports    = ["3306"]
  }
}

# expect: PASS sensitive-ports-closed-to-world
resource "google_compute_firewall" "tagged" {
  name        = "fixture-tagged"
  network     = google_compute_network.main.name
  source_tags = ["web"]
  allow {
    protocol = "tcp"
    ports    = ["5432"]
  }
}

# expect: PASS sensitive-ports-closed-to-world
resource "google_compute_firewall" "denied" {
  name          = "fixture-denied"
  network       = google_compute_network.main.name
  source_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "all"
  }
}

# expect: PASS sensitive-ports-closed-to-world
resource "google_compute_firewall" "outward" {
  name               = "fixture-outward"
  network            = google_compute_network.main.name
  direction          = "EGRESS"
  destination_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "all"
  }
}

# expect: PASS sensitive-ports-closed-to-world
resource "google_compute_firewall" "disabled" {
  name          = "fixture-disabled"
  network       = google_compute_network.main.name
  source_ranges = ["0.0.0.0/0"]
  disabled      = true
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "google_compute_firewall" "undecided" {
  name          = "fixture-undecided"
  network       = google_compute_network.main.name
  source_ranges = var.admin_ranges
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "google_compute_firewall" "undecided_ports" {
  name          = "fixture-undecided-ports"
  network       = google_compute_network.main.name
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = var.ports
  }
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "google_compute_firewall" "undecided_state" {
  name          = "fixture-undecided-state"
  network       = google_compute_network.main.name
  source_ranges = ["0.0.0.0/0"]
  disabled      = var.disabled
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}
